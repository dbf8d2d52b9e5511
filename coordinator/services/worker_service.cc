#include "coordinator/services/worker_service.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/status_macros.h"
#include "coordinator/services/handler.h"
#include "coordinator/services/lease_call.h"
#include "coordinator/services/page_token.h"
#include "messages/proto_time.h"

namespace isoshape {

grpc::ServerUnaryReactor* WorkerService::RegisterWorker(
    grpc::CallbackServerContext* context,
    const v1::RegisterWorkerRequest* request,
    v1::RegisterWorkerResponse* response) {
  return Run(options_.executor, context, &Scheduler::RegisterWorker, request,
             response);
}

grpc::ServerUnaryReactor* WorkerService::LeaseTrials(
    grpc::CallbackServerContext* /*context*/,
    const v1::LeaseTrialsRequest* request, v1::LeaseTrialsResponse* response) {
  return StartLeaseCall(options_.executor, options_.clock,
                        options_.lease_duration / 2, request, response);
}

grpc::ServerUnaryReactor* WorkerService::Heartbeat(
    grpc::CallbackServerContext* context, const v1::HeartbeatRequest* request,
    v1::HeartbeatResponse* response) {
  return Run(options_.executor, context, &Scheduler::Heartbeat, request,
             response);
}

grpc::ServerUnaryReactor* WorkerService::ReportMeasurements(
    grpc::CallbackServerContext* context,
    const v1::ReportMeasurementsRequest* request,
    v1::ReportMeasurementsResponse* response) {
  return Run(options_.executor, context, &Scheduler::ReportMeasurements,
             request, response);
}

grpc::ServerUnaryReactor* WorkerService::CompleteTrial(
    grpc::CallbackServerContext* context,
    const v1::CompleteTrialRequest* request,
    v1::CompleteTrialResponse* response) {
  return Run(options_.executor, context, &Scheduler::CompleteTrial, request,
             response);
}

grpc::ServerUnaryReactor* WorkerService::ReleaseTrial(
    grpc::CallbackServerContext* context,
    const v1::ReleaseTrialRequest* request,
    v1::ReleaseTrialResponse* response) {
  return Run(options_.executor, context, &Scheduler::ReleaseTrial, request,
             response);
}

grpc::ServerUnaryReactor* WorkerService::ListWorkers(
    grpc::CallbackServerContext* context, const v1::ListWorkersRequest* request,
    v1::ListWorkersResponse* response) {
  return Answer(context, List(*request), response);
}

absl::StatusOr<v1::ListWorkersResponse> WorkerService::List(
    const v1::ListWorkersRequest& request) {
  constexpr char kListing[] = "workers";
  Page<std::string> page;
  ISOSHAPE_ASSIGN_OR_RETURN(const int size,
                            CheckPageSize(request.page_size(), 100, 1000));
  ISOSHAPE_ASSIGN_OR_RETURN(page.after,
                            ParsePageToken(kListing, request.page_token()));
  page.limit = size + 1;
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Worker> workers,
                            options_.store->ListWorkers(page));
  v1::ListWorkersResponse response;
  const absl::Time silent = options_.clock->Now() - options_.lease_duration;
  for (v1::Worker& worker : workers) {
    worker.set_state(FromProto(worker.contact_time()) < silent
                         ? v1::Worker::OFFLINE
                         : v1::Worker::ONLINE);
  }
  response.set_next_page_token(MovePage(kListing, size, std::move(workers),
                                        response.mutable_workers(),
                                        std::mem_fn(&v1::Worker::name)));
  return response;
}

}  // namespace isoshape
