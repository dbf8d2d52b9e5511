#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "coordinator/scheduler/campaign_state.h"
#include "coordinator/scheduler/request_log.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/worker_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// Who may train what, and what became of it: campaigns, trials, leases and
// workers, changed by the verbs of the two services and by the passing of time;
// docs/lease-states.md draws the graph.
//
// A deterministic state machine: no threads, no gRPC services, time from the
// clock, and reads of the store only at Load and for requests that are sent
// again. A verb either fails and changes nothing, or changes the state here and
// notes what must be stored. The caller commits TakeMutations() *before* it
// sends any reply; where the commit fails it must throw the scheduler away and
// Load another. Not thread-safe. Borrows store and clock.
//
//   auto scheduler = Scheduler::Load({.store = &store, .clock = &clock});
//   auto campaign = (*scheduler)->CreateCampaign(request);
//   status = store.Commit((*scheduler)->TakeMutations());  // then reply
//
// Verbs return the codes that the .proto files state, and in addition
// INVALID_ARGUMENT for malformed names and reused request ids, and the store's
// errors where a kept answer cannot be read.
class Scheduler {
 public:
  struct Options {
    Store* store = nullptr;
    Clock* clock = Clock::Real();
    absl::Duration lease_duration = absl::Seconds(30);
    // Answers to requests are kept for this long.
    absl::Duration request_memory = absl::Hours(25);
  };

  // Rebuilds the state from the store. Leases get a full lease_duration from
  // now on, as their workers could not send heartbeats meanwhile. Errors of the
  // store; DATA_LOSS where its rows contradict each other.
  static absl::StatusOr<std::unique_ptr<Scheduler>> Load(Options options);

  // CampaignService.
  absl::StatusOr<v1::Campaign> CreateCampaign(
      const v1::CreateCampaignRequest& request);
  absl::StatusOr<v1::Campaign> PauseCampaign(
      const v1::PauseCampaignRequest& request);
  absl::StatusOr<v1::Campaign> ResumeCampaign(
      const v1::ResumeCampaignRequest& request);
  absl::StatusOr<v1::Campaign> CancelCampaign(
      const v1::CancelCampaignRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeleteCampaign(
      const v1::DeleteCampaignRequest& request);
  absl::StatusOr<v1::Trial> CreateTrial(const v1::CreateTrialRequest& request);

  // WorkerService. LeaseTrials does not wait: it answers with none at once.
  absl::StatusOr<v1::RegisterWorkerResponse> RegisterWorker(
      const v1::RegisterWorkerRequest& request);
  absl::StatusOr<v1::LeaseTrialsResponse> LeaseTrials(
      const v1::LeaseTrialsRequest& request);
  absl::StatusOr<v1::HeartbeatResponse> Heartbeat(
      const v1::HeartbeatRequest& request);
  absl::StatusOr<v1::ReportMeasurementsResponse> ReportMeasurements(
      const v1::ReportMeasurementsRequest& request);
  absl::StatusOr<v1::CompleteTrialResponse> CompleteTrial(
      const v1::CompleteTrialRequest& request);
  absl::StatusOr<v1::ReleaseTrialResponse> ReleaseTrial(
      const v1::ReleaseTrialRequest& request);

  // Ends every lease whose time is over. Every verb does so first.
  void ExpireLeases();
  // When the next lease ends; InfiniteFuture where there is none.
  absl::Time NextDeadline() const;
  // Grows whenever a LeaseTrials that found nothing might find something.
  int64_t offers() const { return offers_; }

  // What the verbs since the last call changed: one row for everything that
  // changed, in an order that the store accepts.
  std::vector<Mutation> TakeMutations();

  // For tests and for whoever checks invariants.
  const std::map<std::string, CampaignState>& campaigns() const {
    return campaigns_;
  }
  const std::map<std::string, v1::Worker>& workers() const { return workers_; }

 private:
  struct TrialRef {
    CampaignState* campaign = nullptr;
    v1::Trial* trial = nullptr;
  };
  // (end, fencing token) of a lease.
  using LeaseKey = std::pair<absl::Time, int64_t>;

  explicit Scheduler(const Options& options)
      : options_(options), requests_(options.store) {}

  // scheduler.cc
  absl::Status LoadAll();
  absl::Status LoadCampaign(v1::Campaign campaign);
  absl::Time Now() const { return options_.clock->Now(); }
  // Answers from memory, or by `verb` and keeps the answer.
  template <typename Request, typename Verb>
  auto Once(const Request& request, Verb verb) -> decltype(verb());
  absl::StatusOr<CampaignState*> FindCampaign(const std::string& name);
  absl::StatusOr<TrialRef> FindTrial(const std::string& name);
  void RefreshLeasable(const CampaignState& state);
  void MarkChanged(CampaignState& state);
  void NoteCampaign(CampaignState& state, absl::string_view message);
  void AppendTrialEvent(const CampaignState& state, const v1::Trial& trial,
                        absl::string_view message);
  v1::CampaignEvent& AddEvent(const CampaignState& state,
                              v1::CampaignEvent::Kind kind);

  // scheduler_campaigns.cc
  absl::StatusOr<v1::Campaign> Create(const v1::CreateCampaignRequest& request);
  absl::StatusOr<v1::Campaign> SetPaused(const std::string& name, bool paused);
  absl::StatusOr<v1::Campaign> Cancel(const std::string& name);
  absl::StatusOr<google::protobuf::Empty> Delete(
      const v1::DeleteCampaignRequest& request);
  v1::Trial& AddTrial(CampaignState& state, v1::Trial trial);
  // Asks the planner for more and completes the campaign where all is done.
  void Advance(CampaignState& state);

  // scheduler_leases.cc
  absl::StatusOr<v1::LeaseTrialsResponse> Grant(
      const v1::LeaseTrialsRequest& request);
  void GrantOne(CampaignState& state, v1::Trial& trial, v1::Worker& worker);
  v1::Lease MakeLease(const CampaignState& state, const v1::Trial& trial) const;
  // The trial, where the caller holds its lease: FAILED_PRECONDITION where not.
  absl::StatusOr<TrialRef> CheckLease(const std::string& worker,
                                      const std::string& trial,
                                      int64_t fencing_token);
  void Extend(const TrialRef& ref);
  void Touch(const std::string& worker);
  // Takes the lease away; the trial is in no index afterwards.
  void DropLease(v1::Trial& trial);
  // Ends the lease and puts the trial back to PENDING, or into the final state
  // that its lost leases or its campaign ask for.
  void Requeue(const TrialRef& ref, bool lost, absl::string_view why);
  v1::Directive DirectiveFor(const CampaignState& state) const;

  // scheduler_results.cc
  absl::StatusOr<v1::CompleteTrialResponse> Complete(
      const v1::CompleteTrialRequest& request);
  void StoreMeasurements(
      const TrialRef& ref,
      const google::protobuf::RepeatedPtrField<v1::Measurement>& points);
  // The one place that ends a trial.
  void EndTrial(const TrialRef& ref, v1::Trial::State state,
                absl::string_view error, absl::string_view message);
  // The one place that changes a trial's state, its counts and its indices.
  void SetState(CampaignState& campaign, v1::Trial& trial,
                v1::Trial::State state);

  const Options options_;
  RequestLog requests_;
  std::map<std::string, CampaignState> campaigns_;
  std::map<std::string, v1::Worker> workers_;
  std::map<LeaseKey, std::string> leases_;  // -> trial name
  std::set<std::string> leasable_;          // campaigns with work to give
  int64_t offers_ = 0;

  // Counters that survive deletion and restart.
  int64_t last_campaign_ = 0;
  int64_t last_worker_ = 0;
  int64_t last_token_ = 0;
  int64_t last_sequence_ = 0;

  // What changed since TakeMutations.
  std::set<std::string> deleted_campaigns_;
  std::set<std::string> changed_campaigns_;
  std::set<std::pair<std::string, int64_t>> changed_trials_;
  std::set<std::string> changed_workers_;
  std::vector<PutMeasurement> measurements_;
  std::vector<v1::CampaignEvent> events_;
  std::map<std::string, int64_t> stored_counters_;
  absl::Time last_prune_ = absl::InfinitePast();
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_SCHEDULER_H_
