#ifndef ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_H_
#define ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_H_

#include <atomic>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "isoshape/v1/worker_service.pb.h"

namespace isoshape {

// The meaning of a call's status for its caller.
enum class Verdict {
  kDone,    // OK: it is on the coordinator's disk
  kRetry,   // not answered, or too busy: the same request again, later
  kDenied,  // the token is refused: again later, since its file may change
  kFenced,  // NOT_FOUND, FAILED_PRECONDITION: the lease (or worker) is no more
  kRefused  // the request is wrong and will stay so
};
Verdict VerdictOf(const absl::Status& status);
// Whether the coordinator gave this status itself, so that it can be reached.
bool IsAnswer(const absl::Status& status);

// The part of the coordinator that a run needs: the calls about a lease that it
// holds. Each is one attempt, which ends after `deadline`; VerdictOf says what
// its status means. CoordinatorClient makes them over the network.
class Coordinator {
 public:
  virtual ~Coordinator() = default;

  // How often to send heartbeats, as the coordinator said last of all leases;
  // of one lease its answers may ask for fewer.
  absl::Duration heartbeat_interval() const {
    return absl::Milliseconds(heartbeat_milliseconds_.load());
  }
  void SetHeartbeatInterval(absl::Duration interval) {
    heartbeat_milliseconds_ = absl::ToInt64Milliseconds(interval);
  }

  // Extends the lease.
  virtual absl::StatusOr<v1::HeartbeatResponse> Heartbeat(
      const v1::HeartbeatRequest& request, absl::Duration deadline) = 0;
  // Extends several. UNIMPLEMENTED by a coordinator that knows no such call.
  virtual absl::StatusOr<v1::BatchHeartbeatResponse> BatchHeartbeat(
      const v1::BatchHeartbeatRequest& request, absl::Duration deadline) = 0;
  // Stores measurements and extends the lease.
  virtual absl::StatusOr<v1::ReportMeasurementsResponse> Report(
      const v1::ReportMeasurementsRequest& request,
      absl::Duration deadline) = 0;
  // Ends the lease with the trial's result.
  virtual absl::StatusOr<v1::CompleteTrialResponse> Complete(
      const v1::CompleteTrialRequest& request, absl::Duration deadline) = 0;
  // Ends the lease without a result: the trial is PENDING again.
  virtual absl::StatusOr<v1::ReleaseTrialResponse> Release(
      const v1::ReleaseTrialRequest& request, absl::Duration deadline) = 0;

 private:
  std::atomic<int64_t> heartbeat_milliseconds_ = 5000;
};

// The calls that an agent needs besides: those that make it known to the
// coordinator and get leases.
class LeasingCoordinator : public Coordinator {
 public:
  // A coordinator that has not answered within less may answer all the
  // same: with less time a call tells nothing of it.
  static constexpr absl::Duration kTellingDeadline = absl::Seconds(1);

  // Errors of all calls are those of the service, one line each; CANCELLED
  // after CancelLease.
  virtual absl::StatusOr<v1::RegisterWorkerResponse> Register(
      const v1::RegisterWorkerRequest& request, absl::Duration deadline) = 0;
  // Waits as long as the request says, and up to `deadline` longer. One call at
  // a time.
  virtual absl::StatusOr<v1::LeaseTrialsResponse> Lease(
      const v1::LeaseTrialsRequest& request, absl::Duration deadline) = 0;
  // Returns what a Lease call that was not answered may have been granted:
  // sends the same request again, without waiting for more. Works after
  // CancelLease too.
  virtual absl::StatusOr<v1::LeaseTrialsResponse> LeaseAgain(
      v1::LeaseTrialsRequest request, absl::Duration deadline) = 0;
  // Says that this worker's process ends. One attempt, of which nothing is
  // told: who is not heard is taken for silent when a lease is over.
  virtual absl::Status Leave(const v1::LeaveWorkerRequest& request,
                             absl::Duration deadline) = 0;
  // Returns what the coordinator knows of this worker. For probes: a call that
  // is not answered in time says nothing of the connection.
  virtual absl::StatusOr<v1::Worker> GetWorker(
      const v1::GetWorkerRequest& request, absl::Duration deadline) = 0;
  // Ends the Lease call that is under way and every later one.
  virtual void CancelLease() = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_H_
