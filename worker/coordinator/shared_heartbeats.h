#ifndef ISOSHAPE_WORKER_COORDINATOR_SHARED_HEARTBEATS_H_
#define ISOSHAPE_WORKER_COORDINATOR_SHARED_HEARTBEATS_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "common/threads/event.h"
#include "worker/coordinator/coordinator.h"

namespace isoshape {

// The heartbeats of all slots of a worker in one call. When the one of a lease
// is due, those of the others go with it, and each finds its answer when its
// own is due: so after a first round all are due together. A lease whose slot
// has not asked for two intervals, since its thread hangs, is left out, and so
// ends as it would by itself. A coordinator that knows no such call is sent
// heartbeats one by one. Thread-safe; borrows what it is given.
//
//   SharedHeartbeats heartbeats(coordinator, clock);
//   auto beat = heartbeats.Send(For<v1::HeartbeatRequest>(lease), interval,
//                               absl::Seconds(5));
//   … heartbeats.Forget(lease)  // when its run has ended
class SharedHeartbeats {
 public:
  SharedHeartbeats(Coordinator* coordinator, Clock* clock)
      : coordinator_(coordinator), clock_(clock) {}

  struct Beat {
    absl::StatusOr<v1::HeartbeatResponse> answer;
    absl::Duration at;  // by Clock::Elapsed, when the answer came
  };
  // Extends the lease, or returns the answer that came since this was last
  // called for it and at most an `interval` ago. Takes up to `deadline`, a wait
  // for the call of another slot included.
  Beat Send(const v1::HeartbeatRequest& request, absl::Duration interval,
            absl::Duration deadline);
  // The lease is of no interest any more; no Send for it is under way.
  void Forget(const v1::Lease& lease);

 private:
  using Key = std::pair<std::string, int64_t>;  // trial and fencing token
  struct Entry {
    v1::HeartbeatRequest request;
    absl::Duration asked;  // when Send was last called
    bool in_flight = false;
    bool waits = false;  // its Send does, for the call of another
    std::optional<Beat> beat;
  };

  // Waits until the lease is in no call of another slot; false: until `end`.
  bool AwaitLanding(absl::Duration end, Entry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Marks those that go with the one of `key`, itself first.
  std::vector<Key> Take(const Key& key, absl::Duration interval)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // One call for all of them, up to `end` by Clock::Elapsed; an answer to each,
  // in their order.
  std::vector<absl::StatusOr<v1::HeartbeatResponse>> Call(
      const std::vector<v1::HeartbeatRequest>& requests, absl::Duration end);

  Coordinator* const coordinator_;
  Clock* const clock_;
  absl::Mutex mutex_;
  TimedCondVar landed_;  // a call, and none of its leases is in flight
  std::map<Key, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  // Until then the coordinator is held to know no batches.
  absl::Duration single_until_ ABSL_GUARDED_BY(mutex_) =
      -absl::InfiniteDuration();
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_COORDINATOR_SHARED_HEARTBEATS_H_
