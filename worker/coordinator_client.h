#ifndef ISOSHAPE_WORKER_COORDINATOR_CLIENT_H_
#define ISOSHAPE_WORKER_COORDINATOR_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "worker/coordinator.h"

namespace isoshape {

// The coordinator, as the worker sees it. Each call is one attempt that ends
// after its deadline; who calls decides when to try again (Backoff), so that no
// thread that tends a trainer waits for the network. Tells the log when the
// coordinator stops answering, every 30 s while it does not, and when it
// answers again. Thread-safe.
//
//   CoordinatorClient client("127.0.0.1:50551");
//   auto response = client.Heartbeat(request, absl::Seconds(5));
//   if (VerdictOf(response.status()) == Verdict::kRetry) …
class CoordinatorClient : public Coordinator {
 public:
  explicit CoordinatorClient(const std::string& server);

  // Errors of all calls are those of the service, one line each; CANCELLED
  // after CancelLease.
  absl::StatusOr<v1::RegisterWorkerResponse> Register(
      const v1::RegisterWorkerRequest& request, absl::Duration deadline);
  // Waits as long as the request says, and up to `deadline` longer. One call at
  // a time.
  absl::StatusOr<v1::LeaseTrialsResponse> Lease(
      const v1::LeaseTrialsRequest& request, absl::Duration deadline);
  // Returns what a Lease call that was not answered may have been granted:
  // sends the same request again, without waiting for more. Works after
  // CancelLease too.
  absl::StatusOr<v1::LeaseTrialsResponse> LeaseAgain(
      v1::LeaseTrialsRequest request, absl::Duration deadline);
  absl::StatusOr<v1::HeartbeatResponse> Heartbeat(
      const v1::HeartbeatRequest& request, absl::Duration deadline) override;
  absl::StatusOr<v1::ReportMeasurementsResponse> Report(
      const v1::ReportMeasurementsRequest& request,
      absl::Duration deadline) override;
  absl::StatusOr<v1::CompleteTrialResponse> Complete(
      const v1::CompleteTrialRequest& request,
      absl::Duration deadline) override;
  absl::StatusOr<v1::ReleaseTrialResponse> Release(
      const v1::ReleaseTrialRequest& request, absl::Duration deadline) override;

  // Ends the Lease call that is under way and every later one.
  void CancelLease();

  const std::string& server() const { return server_; }

 private:
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(grpc::Status (v1::WorkerService::Stub::*method)(
                                    grpc::ClientContext*, const Request&,
                                    Response*),
                                const Request& request, absl::Duration deadline,
                                grpc::ClientContext& context);
  // Writes the log of what `status` says about the connection.
  void Note(const absl::Status& status);

  const std::string server_;
  const std::unique_ptr<v1::WorkerService::Stub> stub_;

  absl::Mutex mutex_;
  grpc::ClientContext* lease_call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool leasing_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time silent_since_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time last_log_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_COORDINATOR_CLIENT_H_
