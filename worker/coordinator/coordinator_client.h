#ifndef ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_CLIENT_H_
#define ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "worker/coordinator/coordinator.h"

namespace isoshape {

// The coordinator, as the worker sees it. Each call is one attempt that ends
// after its deadline; who calls decides when to try again (Backoff), so that no
// thread that tends a trainer waits for the network. With one address a call
// waits for a connection up to its deadline, so that a coordinator that is
// started again is found at once. Of several the one that answered last is
// used, until it does not answer (within a second at least, if a call is given
// less) or, at once, refuses; then the next call tries
// the next one, and a file of addresses is read again. Tells the log when the
// coordinator stops answering, every 30 s while it does not or is too busy, and
// when it answers again. Thread-safe.
//
//   CoordinatorClient client("127.0.0.1:50551");
//   auto response = client.Heartbeat(request, absl::Seconds(5));
//   if (VerdictOf(response.status()) == Verdict::kRetry) …
class CoordinatorClient : public LeasingCoordinator {
 public:
  // `server` as ReadServers takes it.
  explicit CoordinatorClient(const std::string& server);

  absl::StatusOr<v1::RegisterWorkerResponse> Register(
      const v1::RegisterWorkerRequest& request,
      absl::Duration deadline) override;
  absl::StatusOr<v1::LeaseTrialsResponse> Lease(
      const v1::LeaseTrialsRequest& request, absl::Duration deadline) override;
  absl::StatusOr<v1::LeaseTrialsResponse> LeaseAgain(
      v1::LeaseTrialsRequest request, absl::Duration deadline) override;
  absl::Status Leave(const v1::LeaveWorkerRequest& request,
                     absl::Duration deadline) override;
  absl::StatusOr<v1::Worker> GetWorker(const v1::GetWorkerRequest& request,
                                       absl::Duration deadline) override;
  absl::StatusOr<v1::HeartbeatResponse> Heartbeat(
      const v1::HeartbeatRequest& request, absl::Duration deadline) override;
  absl::StatusOr<v1::BatchHeartbeatResponse> BatchHeartbeat(
      const v1::BatchHeartbeatRequest& request,
      absl::Duration deadline) override;
  absl::StatusOr<v1::ReportMeasurementsResponse> Report(
      const v1::ReportMeasurementsRequest& request,
      absl::Duration deadline) override;
  absl::StatusOr<v1::CompleteTrialResponse> Complete(
      const v1::CompleteTrialRequest& request,
      absl::Duration deadline) override;
  absl::StatusOr<v1::ReleaseTrialResponse> Release(
      const v1::ReleaseTrialRequest& request, absl::Duration deadline) override;

  void CancelLease() override;

 private:
  template <typename Response, typename Request>
  using Method = grpc::Status (v1::WorkerService::Stub::*)(grpc::ClientContext*,
                                                           const Request&,
                                                           Response*);
  // Takes the interval of heartbeats that an answer's headers tell.
  void NoteInterval(const grpc::ClientContext& context);
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(Method<Response, Request> method,
                                const Request& request, absl::Duration deadline,
                                grpc::ClientContext& context);
  // One attempt by this connection, null: there is none.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Send(v1::WorkerService::Stub* stub,
                                Method<Response, Request> method,
                                const Request& request, absl::Duration deadline,
                                grpc::ClientContext& context);
  // Whether a call that ended so was ended by CancelLease, which says nothing
  // about the connection.
  bool WasCancelled(const grpc::ClientContext& context,
                    const absl::Status& status);
  // Writes the log of what `status` says about the connection.
  void Note(const absl::Status& status);
  void NoteAnswer(const absl::Status& status, absl::Duration now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The connection to use now; null if no address is known.
  std::shared_ptr<v1::WorkerService::Stub> stub();
  // The connection gave no answer: the next address is to be used.
  void MoveOn(const v1::WorkerService::Stub* failed);

  const std::string server_;

  absl::Mutex mutex_;
  std::string address_ ABSL_GUARDED_BY(mutex_);  // of stub_
  bool alone_ ABSL_GUARDED_BY(mutex_) = true;    // there is no other
  std::shared_ptr<v1::WorkerService::Stub> stub_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* lease_call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool leasing_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration silent_since_ ABSL_GUARDED_BY(mutex_) =
      -absl::InfiniteDuration();
  absl::Duration last_log_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  absl::Duration last_busy_log_ ABSL_GUARDED_BY(mutex_) =
      -absl::InfiniteDuration();
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_COORDINATOR_COORDINATOR_CLIENT_H_
