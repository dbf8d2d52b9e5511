#ifndef ISOSHAPE_WORKER_COORDINATOR_H_
#define ISOSHAPE_WORKER_COORDINATOR_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "isoshape/v1/worker_service.pb.h"

namespace isoshape {

// The meaning of a call's status for its caller.
enum class Verdict {
  kDone,    // OK: it is on the coordinator's disk
  kRetry,   // not answered: the same request again, later
  kFenced,  // NOT_FOUND, FAILED_PRECONDITION: the lease (or worker) is no more
  kRefused  // the request is wrong and will stay so
};
Verdict VerdictOf(const absl::Status& status);

// The part of the coordinator that a run needs: the calls about a lease that it
// holds. Each is one attempt, which ends after `deadline`; VerdictOf says what
// its status means. CoordinatorClient makes them over the network.
class Coordinator {
 public:
  virtual ~Coordinator() = default;

  // Extends the lease.
  virtual absl::StatusOr<v1::HeartbeatResponse> Heartbeat(
      const v1::HeartbeatRequest& request, absl::Duration deadline) = 0;
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
};

// A request about `lease`, with the fields that all of them have: whose lease
// it is, of which trial, and its fencing token.
//
//   auto request = For<v1::HeartbeatRequest>(lease);
template <typename Request>
Request For(const v1::Lease& lease) {
  Request request;
  request.set_worker(lease.trial().worker());
  request.set_trial(lease.trial().name());
  request.set_fencing_token(lease.fencing_token());
  return request;
}

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_COORDINATOR_H_
