#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "common/threads/clock.h"
#include "coordinator/planning/planned_campaign.h"
#include "coordinator/planning/planner.h"
#include "coordinator/scheduler/away_workers.h"
#include "coordinator/scheduler/campaign_state.h"
#include "coordinator/scheduler/change_log.h"
#include "coordinator/scheduler/ended_campaigns.h"
#include "coordinator/scheduler/heartbeat_pace.h"
#include "coordinator/scheduler/lease_answer.h"
#include "coordinator/scheduler/lease_table.h"
#include "coordinator/scheduler/offers.h"
#include "coordinator/scheduler/plan_order.h"
#include "coordinator/scheduler/request_log.h"
#include "coordinator/scheduler/worker_faults.h"
#include "coordinator/scheduler/worker_processes.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/worker_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// Who may train what, and what became of it: campaigns, trials, leases and
// workers, changed by the verbs of the two services and by the passing of time;
// docs/lease-states.md draws the graph.
//
// A deterministic state machine: no threads, no gRPC services, time from the
// clock, and reads of the store only at Load, for requests that are sent again,
// and for trials of campaigns that are over (EndedCampaigns). A verb either
// fails and changes nothing, or changes the state here and notes what must be
// stored. The caller commits TakeMutations() *before* it sends any reply; it
// may run the next verbs meanwhile, and commit what they change after it. If a
// commit fails it must throw the scheduler away, answer nobody from it that was
// not answered, take back in the store what was staged, and Load another. Not
// thread-safe. Borrows store and clock.
//
//   auto scheduler = Scheduler::Load({.store = &store, .clock = &clock});
//   auto campaign = (*scheduler)->CreateCampaign(request);
//   status = store.Commit((*scheduler)->TakeMutations());  // then reply
//
// Verbs return the codes of the .proto files, INVALID_ARGUMENT for bad names
// and another request by a known id, and the store's errors of kept answers.
class Scheduler {
 public:
  struct Options {
    Store* store = nullptr;
    Clock* clock = Clock::Real();
    absl::Duration lease_duration = absl::Seconds(30);
    // How long answers to requests and events of measurements are kept.
    absl::Duration request_memory = absl::Hours(25);
    // Whoever calls TakePlanOrders makes plans, not the verb that needs one.
    bool plans_apart = false;
    // No verb that changes something is called, and nothing changes by itself.
    bool read_only = false;
    int64_t tokens_after = 0;          // TokensAfter, the same at each Load
    size_t max_ended_trials = 50'000;  // of EndedCampaigns: some 2 kB each
  };

  // Rebuilds the state from the store. Leases get their full length from now
  // on, as their workers could not send heartbeats meanwhile. Errors of the
  // store; DATA_LOSS if its rows contradict each other.
  static absl::StatusOr<std::unique_ptr<Scheduler>> Load(Options options);

  // While what it returns lives, events of what verbs change name that actor
  // (v1::CampaignEvent.actor), but for what time and plans bring about.
  ActorScope ActFor(std::string actor) {
    return ActorScope(&changes_, std::move(actor));
  }

  // CampaignService.
  absl::StatusOr<v1::Campaign> CreateCampaign(
      const v1::CreateCampaignRequest& request);
  // The same, with what PlanCampaign made of the request's campaign.
  absl::StatusOr<v1::Campaign> CreateCampaign(
      const v1::CreateCampaignRequest& request,
      absl::StatusOr<PlannedCampaign> planned);
  absl::StatusOr<v1::Campaign> PauseCampaign(
      const v1::PauseCampaignRequest& request);
  absl::StatusOr<v1::Campaign> ResumeCampaign(
      const v1::ResumeCampaignRequest& request);
  absl::StatusOr<v1::Campaign> CancelCampaign(
      const v1::CancelCampaignRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeleteCampaign(
      const v1::DeleteCampaignRequest& request);
  absl::StatusOr<v1::Campaign> UpdateCampaign(
      const v1::UpdateCampaignRequest& request);
  // The same, with what OrderUpdate ordered and PlanTrials made of it.
  absl::StatusOr<v1::Campaign> UpdateCampaign(
      const v1::UpdateCampaignRequest& request, const UpdatePlan& made);
  absl::StatusOr<v1::Trial> CreateTrial(const v1::CreateTrialRequest& request);
  absl::StatusOr<v1::ImportTrialsResponse> ImportTrials(
      const v1::ImportTrialsRequest& request);
  absl::StatusOr<v1::Trial> RetryTrial(const v1::RetryTrialRequest& request);
  absl::StatusOr<v1::Trial> ExcludeTrial(
      const v1::ExcludeTrialRequest& request);
  absl::StatusOr<v1::Trial> IncludeTrial(
      const v1::IncludeTrialRequest& request);

  // WorkerService. LeaseTrials does not wait: it answers with none at once.
  absl::StatusOr<v1::RegisterWorkerResponse> RegisterWorker(
      const v1::RegisterWorkerRequest& request);
  absl::StatusOr<v1::LeaseTrialsResponse> LeaseTrials(
      const v1::LeaseTrialsRequest& request);
  absl::StatusOr<LeaseAnswer> TryLease(const v1::LeaseTrialsRequest& request);
  absl::StatusOr<v1::HeartbeatResponse> Heartbeat(
      const v1::HeartbeatRequest& request);
  absl::StatusOr<v1::BatchHeartbeatResponse> BatchHeartbeat(
      const v1::BatchHeartbeatRequest& request);
  absl::StatusOr<v1::ReportMeasurementsResponse> ReportMeasurements(
      const v1::ReportMeasurementsRequest& request);
  absl::StatusOr<v1::CompleteTrialResponse> CompleteTrial(
      const v1::CompleteTrialRequest& request);
  absl::StatusOr<v1::ReleaseTrialResponse> ReleaseTrial(
      const v1::ReleaseTrialRequest& request);
  absl::StatusOr<google::protobuf::Empty> LeaveWorker(
      const v1::LeaveWorkerRequest& request);
  absl::StatusOr<v1::Worker> DrainWorker(const v1::DrainWorkerRequest& request);
  absl::StatusOr<v1::Worker> ReadmitWorker(
      const v1::ReadmitWorkerRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeleteWorker(
      const v1::DeleteWorkerRequest& request);

  // Plans that are made apart. Those that campaigns wait for now; a campaign is
  // given out once, until TakePlan.
  std::vector<PlanOrder> TakePlanOrders();
  // What PlanTrials made of the order. Nothing happens if the campaign is gone
  // or asks for something else by now.
  void TakePlan(const PlanOrder& order, absl::StatusOr<Plan> plan);
  // Results of the campaigns that the request names as priors. INVALID_ARGUMENT
  // if one is malformed, NOT_FOUND if it is not there, FAILED_PRECONDITION if
  // it has no result.
  absl::StatusOr<std::vector<PriorRun>> PriorRunsFor(
      const v1::CreateCampaignRequest& request);
  // The plan that the request needs, if it needs one and is not refused.
  std::optional<PlanOrder> OrderUpdate(
      const v1::UpdateCampaignRequest& request);
  void AddProposed();  // trials of plans, as many as one commit should take
  // Whether trials of its plan are still to be added; NOT_FOUND.
  absl::StatusOr<bool> IsAdding(const std::string& campaign) const;

  // Ends every lease whose time is over, and the pauses of workers and trials
  // that are. Every verb does so first.
  void ExpireLeases();
  // Gives every lease its full length from now on: the coordinator was away for
  // so long (its machine slept, it was stopped), and no heartbeat came. That
  // time counts against no trial_timeout.
  void GiveFullLeases(absl::Duration away) {
    leases_.ExtendAll(away);
    pace_.ExtendAll();
  }
  // HeartbeatPace::NoteWait, for the verbs that are run next.
  void NoteWait(absl::Duration wait) { pace_.NoteWait(wait); }
  // How often workers are asked to send heartbeats now.
  absl::Duration heartbeat_interval() const { return pace_.interval(); }
  // By Clock::Elapsed, when ExpireLeases has work next; infinite: never.
  absl::Duration NextDeadline() const;
  bool HoldsLeases() const { return !leases_.empty(); }
  // Grows whenever a LeaseTrials that found nothing might find something.
  int64_t offers() const { return offers_.count(); }
  // Whether a LeaseTrials of the worker might find what the last one did not.
  bool MayFind(const std::string& worker);

  // What verbs changed since the last call, in an order that the store accepts,
  // once what was taken before is staged or committed. Taken once: only the
  // store has it then, which Load and requests that are sent again rely on.
  std::vector<Mutation> TakeMutations();

  // For whoever checks invariants.
  const std::map<std::string, CampaignState>& campaigns() const {
    return campaigns_;
  }
  const std::map<std::string, v1::Worker>& workers() const { return workers_; }

 private:
  struct TrialRef {
    CampaignState* campaign = nullptr;
    v1::Trial* trial = nullptr;
  };

  explicit Scheduler(const Options& options)
      : options_(options),
        requests_(options.store),
        leases_(options.clock),
        pace_(options.lease_duration, options.clock),
        ended_(options.max_ended_trials),
        begin_(options.clock->Elapsed()),
        begin_time_(options.clock->Now()) {}

  // scheduler.cc
  absl::Status LoadAll();
  absl::Status LoadCampaign(v1::Campaign campaign);
  absl::Time Now() const { return options_.clock->Now(); }
  // How old kept answers are: the time of day at the first start, and how long
  // a coordinator has run on the database since, which nobody sets.
  absl::Time RequestTime() const {
    return request_time_ + (options_.clock->Elapsed() - begin_);
  }
  // Ends the leases whose time is over, then answers from memory, or by `verb`
  // and keeps the answer.
  template <typename Request, typename Verb>
  auto Once(const Request& request, Verb verb) -> decltype(verb());
  absl::StatusOr<CampaignState*> FindCampaign(const std::string& name);
  void RefreshLeasable(const CampaignState& state);
  void MarkChanged(CampaignState& state);
  void NoteCampaign(CampaignState& state, absl::string_view message);
  ActorScope OfItself() { return ActFor(""); }  // nobody asked for it
  void AppendTrialEvent(const CampaignState& state, const v1::Trial& trial,
                        absl::string_view message);

  // scheduler_stored_trials.cc
  // Appends the stored trials and calls `visit` with each.
  absl::Status VisitStored(CampaignState& state,
                           absl::FunctionRef<void(v1::Trial&)> visit);
  // Those of Load, with what follows from them.
  absl::Status LoadTrials(CampaignState& state);
  // Makes sure that they are here; DATA_LOSS if they are others than counted.
  absl::Status ReadTrials(CampaignState& state);
  absl::StatusOr<TrialRef> FindTrial(const std::string& name);
  // For a holder of its lease; of a campaign that is over it reads one trial.
  absl::StatusOr<TrialRef> FindLeased(const std::string& name);

  // scheduler_campaigns.cc
  absl::StatusOr<v1::Campaign> Create(const v1::CreateCampaignRequest& request,
                                      absl::StatusOr<PlannedCampaign> planned);
  absl::StatusOr<v1::Campaign> Update(const v1::UpdateCampaignRequest& request,
                                      const UpdatePlan& made);
  absl::StatusOr<v1::Campaign> SetPaused(const std::string& name, bool paused);
  absl::StatusOr<v1::Campaign> Cancel(const std::string& name);
  absl::StatusOr<google::protobuf::Empty> Delete(
      const v1::DeleteCampaignRequest& request);
  v1::Trial& AddTrial(CampaignState& state, v1::Trial trial);
  // Lets a campaign that has ended run again.
  void Reopen(CampaignState& state, absl::string_view why);
  // Writes down whether a campaign that has ended lacks results.
  void Conclude(CampaignState& state);

  // scheduler_plans.cc
  void Advance(CampaignState& state);  // plans more, or ends it if all is done
  void WantPlan(CampaignState& state);
  absl::StatusOr<PlanOrder> OrderPlan(const CampaignState& state);
  // What its priors had measured by a time; nothing of those that are gone.
  absl::StatusOr<std::vector<PriorRun>> PriorRunsOf(
      const v1::Campaign& campaign, absl::Time until);
  void Accept(CampaignState& state, int64_t trials, absl::StatusOr<Plan> plan);
  void AddProposedTo(CampaignState& state, size_t max);
  bool EndIfDone(CampaignState& state);  // whether it has ended by that

  // scheduler_trials.cc
  absl::StatusOr<v1::Trial> Add(const v1::CreateTrialRequest& request);
  absl::StatusOr<v1::Trial> Retry(const std::string& name);
  absl::StatusOr<v1::Trial> SetExcluded(const std::string& name, bool excluded,
                                        const std::string& reason);
  // What the planner and the campaign's end make of a trial that changed its
  // worth.
  void Reconsider(CampaignState& state);

  // scheduler_workers.cc, scheduler_faults.cc
  // For what it says beyond what was known of it; null: nothing was.
  absl::Status MakeRoom(const v1::Worker& newcomer, const v1::Worker* before);
  absl::StatusOr<v1::Worker*> FindWorker(const std::string& name);
  absl::StatusOr<v1::Worker> Drain(const std::string& name);
  absl::StatusOr<v1::Worker> Readmit(const v1::ReadmitWorkerRequest& request);
  void Readmit(CampaignState& state, const std::string& worker);  // forgives it
  // Makes the campaign's fingerprints of data those of the results that count,
  // after the trial was excluded or included. FAILED_PRECONDITION if the others
  // rest on other data than the trial.
  absl::Status RestData(CampaignState& state, const v1::Trial& trial);
  absl::StatusOr<google::protobuf::Empty> Forget(const std::string& name);
  void CancelReserved(const std::string& worker);  // what waits for it alone
  enum class Loss { kNone, kMachine, kTrainer };   // of a lease, without result
  // The trial goes back, and its worker is blamed: its data are not those of
  // the campaign, something of it failed, or its trainer was lost, which may
  // be the trial's doing too. A fault that is `certain` comes again.
  void BlameWorker(const TrialRef& ref, Loss loss, bool certain,
                   absl::string_view reason);
  // Whether another connected worker than the trial's may train it, and was not
  // set aside for its campaign.
  bool AnotherWorks(const TrialRef& ref);
  void Forgive(CampaignState& state, const std::string& worker,
               absl::string_view why);
  void NoteData(const std::string& worker, const std::string& dataset,
                const std::string& fingerprint);
  void EndPauses();  // of workers and trials, if they are over

  // scheduler_grants.cc
  absl::StatusOr<v1::LeaseTrialsResponse> Grant(
      const v1::LeaseTrialsRequest& request);
  // The trial that the worker is given next; none if there is none for it.
  std::optional<TrialRef> NextTrialFor(const v1::Worker& worker);
  void GrantOne(CampaignState& state, v1::Trial& trial, v1::Worker& worker);
  void Hold(CampaignState& state, v1::Trial& trial);  // by its newest token
  v1::Lease MakeLease(const CampaignState& state, const v1::Trial& trial) const;
  // Those leases of an earlier answer that are still held, as they are now.
  v1::LeaseTrialsResponse StillHeld(const std::string& worker,
                                    const v1::LeaseTrialsResponse& answer);

  // scheduler_leases.cc
  // How long a lease of the worker that is granted or extended now lives
  // without a heartbeat: three intervals of heartbeats, or, until the worker
  // has registered and so has heard of lease_duration, the one that it was told
  // before this Load, if that is longer.
  absl::Duration LeaseOf(const std::string& worker) const;
  // How long the worker may be silent by what it was told, now or before.
  absl::Duration SilenceOf(const std::string& worker);
  void NoteTold(const std::string& worker);  // has heard of lease_duration
  // The trial, if the caller holds its lease: FAILED_PRECONDITION if not. A
  // lease that expired and that nobody took is the caller's again.
  absl::StatusOr<TrialRef> CheckLease(const std::string& worker,
                                      const std::string& trial,
                                      int64_t fencing_token);
  void Extend(const TrialRef& ref);
  void Touch(const std::string& worker);
  v1::Directive DirectiveFor(const TrialRef& ref) const;
  bool IsOvertime(const TrialRef& ref) const;  // by its campaign's limit

  // scheduler_lost_or_released.cc
  void DropLease(v1::Trial& trial);  // which is in no index afterwards
  // Ends the lease and puts the trial back to PENDING, or into the final state
  // that its lost leases or its campaign ask for.
  void Requeue(const TrialRef& ref, Loss loss, absl::string_view why);
  void Revive(const TrialRef& ref);  // takes the expiry of the lease back

  // scheduler_results.cc
  absl::StatusOr<v1::CompleteTrialResponse> Complete(
      const v1::CompleteTrialRequest& request);
  // Begins the trial's curve anew behind `start_step` if these are the first
  // points of its lease. A point at or before the newest of the lease was sent
  // again: it replaces what is there, and nothing is told of it.
  void StoreMeasurements(
      const TrialRef& ref,
      const google::protobuf::RepeatedPtrField<v1::Measurement>& points,
      int64_t start_step);
  void EndTrial(const TrialRef& ref, v1::Trial::State state,
                v1::Trial::Failure failure, absl::string_view error,
                absl::string_view message);
  // The one place that changes a trial's state, its counts and its indices, as
  // EndTrial is the one that ends it.
  void SetState(CampaignState& campaign, v1::Trial& trial,
                v1::Trial::State state);

  const Options options_;
  RequestLog requests_;
  std::map<std::string, CampaignState> campaigns_;
  std::map<std::string, v1::Worker> workers_;
  LeaseTable leases_;
  HeartbeatPace pace_;
  std::set<std::string> leasable_;   // campaigns with work to give
  std::set<std::string> plans_due_;  // campaigns whose plan is to be made
  std::set<std::string> proposing_;  // campaigns with trials to be added
  int64_t terms_ = 0;                // the last of CampaignState::terms
  Offers offers_;
  PauseEnds pauses_;
  // Trials whose lease expired and that nobody took: the token of that lease.
  std::map<std::string, int64_t> expired_;
  std::set<std::string> in_company_;  // granted beside others, and still held
  ChangeLog changes_;
  EndedCampaigns ended_;
  std::set<std::string> told_;  // workers that have registered since Load
  absl::Duration told_before_;  // the longest lease of the others, or zero
  WorkerProcesses processes_;
  WorkerRoom room_;
  const absl::Duration begin_;  // of Load, by both clocks
  const absl::Time begin_time_;
  absl::Time request_time_;  // at begin_
  absl::Duration last_prune_ = -absl::InfiniteDuration();
};

template <typename Request, typename Verb>
auto Scheduler::Once(const Request& request, Verb verb) -> decltype(verb()) {
  using Response = std::remove_cvref_t<decltype(*verb())>;
  ExpireLeases();
  ISOSHAPE_ASSIGN_OR_RETURN(std::optional<Response> kept,
                            requests_.Find<Response>(request));
  if (kept.has_value()) return *std::move(kept);
  decltype(verb()) response = verb();
  if (response.ok()) requests_.Keep(request, *response, RequestTime());
  return response;
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_H_
