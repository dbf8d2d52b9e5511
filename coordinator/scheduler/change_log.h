#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_CHANGE_LOG_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_CHANGE_LOG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/scheduler/campaign_state.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/worker.pb.h"
#include "storage/store.h"

namespace isoshape {

// Numbers that only grow, also when rows are deleted and over a restart; but
// kLease and kStretchedLease, milliseconds, are set (Scheduler::LeaseOf,
// Scheduler::SilenceOf).
enum class Counter {
  kCampaign,
  kWorker,
  kFencingToken,
  kEventSequence,
  kLease,
  kStretchedLease
};

// What the fencing tokens of a process are larger than: the last one that is
// stored and the microseconds of `now`, and that by a jump, so that no token
// given before a database was put back, or begun anew, is given again, whatever
// the clock says. That is eight million starts below 2^63; beyond 2^62 there
// are no jumps. Errors of the store.
absl::StatusOr<int64_t> TokensAfter(Store& store, absl::Time now, int64_t jump);

// What the scheduler changed and the store does not have yet: the names of rows
// that changed, the measurements and events that came, the counters. Whatever
// changes a campaign, trial or worker says so here, and nothing else has to be
// remembered for it to be stored. Not thread-safe.
class ChangeLog {
 public:
  // Reads the counters; errors of the store. Fencing tokens are larger than the
  // last one that is stored, the microseconds of `now`, and `tokens_after`.
  absl::Status Load(Store& store, absl::Time now, int64_t tokens_after = 0);
  // Raises the counter by one and returns it.
  int64_t Next(Counter counter) { return ++Value(counter); }
  int64_t Get(Counter counter) { return Value(counter); }
  void Set(Counter counter, int64_t value) { Value(counter) = value; }

  void CampaignChanged(const std::string& name);
  void TrialChanged(const std::string& campaign, int64_t number);
  void WorkerChanged(const std::string& name);
  // Also forgets changes of the campaign and its trials that are not stored
  // yet.
  void CampaignDeleted(const std::string& name);
  void WorkerDeleted(const std::string& name);
  void AddMeasurement(const std::string& trial, const v1::Measurement& point);
  // Drops the points of a trial's curve behind a step, also those that are not
  // stored yet.
  void DropMeasurements(const std::string& trial, int64_t after_step);
  // A change that no event tells of, and who asked for it.
  void Tell(std::string text);
  // Who causes what is added from now on; empty: nobody but the coordinator.
  // Returns who did before. ActorScope is how it is set.
  std::string SetActor(std::string actor) {
    return std::exchange(actor_, std::move(actor));
  }
  // Adds an event of that actor with the next sequence number, for the caller
  // to fill in.
  v1::CampaignEvent& AddEvent(const v1::Campaign& campaign,
                              v1::CampaignEvent::Kind kind, absl::Time time);

  // The rows of everything that changed since the last call, as they are now,
  // in an order that the store accepts.
  std::vector<Mutation> Take(
      const std::map<std::string, CampaignState>& campaigns,
      const std::map<std::string, v1::Worker>& workers);

 private:
  static constexpr size_t kCounters = 6;
  int64_t& Value(Counter counter) {
    return counters_[static_cast<size_t>(counter)];
  }

  std::set<std::string> deleted_campaigns_;
  std::set<std::string> campaigns_;
  std::set<std::pair<std::string, int64_t>> trials_;
  std::set<std::string> workers_;
  std::set<std::string> deleted_workers_;
  // By trial: the step behind which its stored points go first.
  std::map<std::string, int64_t> dropped_;
  std::vector<PutMeasurement> measurements_;
  std::vector<v1::CampaignEvent> events_;
  std::vector<TellChange> told_;
  std::string actor_;
  std::array<int64_t, kCounters> counters_ = {};
  std::array<int64_t, kCounters> stored_counters_ = {};
};

// While it lives, what is added to the log has that actor. Borrows the log.
class ActorScope {
 public:
  ActorScope(ChangeLog* log, std::string actor)
      : log_(log), before_(log->SetActor(std::move(actor))) {}
  ~ActorScope() { log_->SetActor(std::move(before_)); }
  ActorScope(const ActorScope&) = delete;
  ActorScope& operator=(const ActorScope&) = delete;

 private:
  ChangeLog* const log_;
  std::string before_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_CHANGE_LOG_H_
