#ifndef ISOSHAPE_COORDINATOR_SERVICES_WORKER_SERVICE_H_
#define ISOSHAPE_COORDINATOR_SERVICES_WORKER_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "coordinator/scheduler/executor.h"
#include "coordinator/services/callers.h"
#include "coordinator/services/read_queue.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "storage/store.h"

namespace isoshape {

// The calls of workers. Changes go through the executor; reads go to the store
// beside it, by the threads of the queue. Thread-safe; borrows what it is
// given.
class WorkerService final : public v1::WorkerService::CallbackService {
 public:
  struct Options {
    Store* store = nullptr;
    Executor* executor = nullptr;
    ReadQueue* reads = nullptr;
    Callers callers{nullptr};
    Clock* clock = Clock::Real();
    absl::Duration lease_duration = absl::Seconds(30);
  };
  explicit WorkerService(const Options& options) : options_(options) {}

  grpc::ServerUnaryReactor* RegisterWorker(
      grpc::CallbackServerContext* context,
      const v1::RegisterWorkerRequest* request,
      v1::RegisterWorkerResponse* response) override;
  // Waits for at most half a lease, so that a worker that waits is never taken
  // for one that is silent.
  grpc::ServerUnaryReactor* LeaseTrials(
      grpc::CallbackServerContext* context,
      const v1::LeaseTrialsRequest* request,
      v1::LeaseTrialsResponse* response) override;
  grpc::ServerUnaryReactor* Heartbeat(grpc::CallbackServerContext* context,
                                      const v1::HeartbeatRequest* request,
                                      v1::HeartbeatResponse* response) override;
  grpc::ServerUnaryReactor* BatchHeartbeat(
      grpc::CallbackServerContext* context,
      const v1::BatchHeartbeatRequest* request,
      v1::BatchHeartbeatResponse* response) override;
  grpc::ServerUnaryReactor* ReportMeasurements(
      grpc::CallbackServerContext* context,
      const v1::ReportMeasurementsRequest* request,
      v1::ReportMeasurementsResponse* response) override;
  grpc::ServerUnaryReactor* CompleteTrial(
      grpc::CallbackServerContext* context,
      const v1::CompleteTrialRequest* request,
      v1::CompleteTrialResponse* response) override;
  grpc::ServerUnaryReactor* ReleaseTrial(
      grpc::CallbackServerContext* context,
      const v1::ReleaseTrialRequest* request,
      v1::ReleaseTrialResponse* response) override;
  grpc::ServerUnaryReactor* LeaveWorker(
      grpc::CallbackServerContext* context,
      const v1::LeaveWorkerRequest* request,
      google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* ListWorkers(
      grpc::CallbackServerContext* context,
      const v1::ListWorkersRequest* request,
      v1::ListWorkersResponse* response) override;
  grpc::ServerUnaryReactor* GetWorker(grpc::CallbackServerContext* context,
                                      const v1::GetWorkerRequest* request,
                                      v1::Worker* response) override;
  grpc::ServerUnaryReactor* DrainWorker(grpc::CallbackServerContext* context,
                                        const v1::DrainWorkerRequest* request,
                                        v1::Worker* response) override;
  grpc::ServerUnaryReactor* ReadmitWorker(
      grpc::CallbackServerContext* context,
      const v1::ReadmitWorkerRequest* request, v1::Worker* response) override;
  grpc::ServerUnaryReactor* DeleteWorker(
      grpc::CallbackServerContext* context,
      const v1::DeleteWorkerRequest* request,
      google::protobuf::Empty* response) override;

 private:
  const Options options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_WORKER_SERVICE_H_
