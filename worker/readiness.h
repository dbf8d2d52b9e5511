#ifndef ISOSHAPE_WORKER_READINESS_H_
#define ISOSHAPE_WORKER_READINESS_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "worker/coordinator/coordinator.h"

namespace isoshape {

// Answers probes (health_port.h): whether the coordinator can give this worker
// trials. The coordinator itself is asked, by GetWorker, since it knows what
// the worker is set aside for; at most once in a heartbeat, and only if
// somebody probes. Thread-safe.
//
//   Readiness readiness(&coordinator, clock);
//   readiness.Registered("workers/w1", absl::Seconds(10));
//   if (!readiness.Check().ok()) …  // 503
class Readiness {
 public:
  Readiness(LeasingCoordinator* coordinator, Clock* clock)
      : coordinator_(coordinator), clock_(clock) {}

  void Registered(const std::string& worker, absl::Duration heartbeat_interval);
  // No more trials are taken.
  void Draining();

  // OK if the worker is registered, its coordinator has answered within
  // kHeartbeats, and it neither drains nor is set aside for a campaign.
  // Otherwise UNAVAILABLE with the reason in one line. Takes a second at most.
  absl::Status Check();

  static constexpr int kHeartbeats = 3;

 private:
  // Judges the worker by what the coordinator says of it.
  absl::Status Judge(const v1::Worker& worker) const;

  LeasingCoordinator* const coordinator_;
  Clock* const clock_;
  absl::Mutex mutex_;
  std::string worker_ ABSL_GUARDED_BY(mutex_);  // empty: not registered
  absl::Duration heartbeat_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration answered_at_ ABSL_GUARDED_BY(mutex_);
  absl::Duration next_question_ ABSL_GUARDED_BY(mutex_);
  absl::Status verdict_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_READINESS_H_
