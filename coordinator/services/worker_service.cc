#include "coordinator/services/worker_service.h"

#include "absl/strings/str_cat.h"
#include "coordinator/services/handler.h"
#include "coordinator/services/lease_call.h"
#include "coordinator/services/worker_reads.h"
#include "messages/trial/lease_request.h"

namespace isoshape {
namespace {

// A worker that registered before a restart with another lease learns from this
// how often to beat now, and then registers again. A header, since it is no
// part of what a call answers.
void TellInterval(absl::Duration lease_duration,
                  grpc::CallbackServerContext* context) {
  context->AddInitialMetadata(
      kHeartbeatIntervalHeader,
      absl::StrCat(absl::ToInt64Milliseconds(lease_duration / 3)));
}

}  // namespace

grpc::ServerUnaryReactor* WorkerService::RegisterWorker(
    grpc::CallbackServerContext* context,
    const v1::RegisterWorkerRequest* request,
    v1::RegisterWorkerResponse* response) {
  // A whole fleet may begin at once.
  return Run(options_.executor, context, &Scheduler::RegisterWorker, request,
             response, Executor::Operation::Urgency::kLease);
}

grpc::ServerUnaryReactor* WorkerService::LeaseTrials(
    grpc::CallbackServerContext* context, const v1::LeaseTrialsRequest* request,
    v1::LeaseTrialsResponse* response) {
  TellInterval(options_.lease_duration, context);
  return StartLeaseCall(options_.executor, options_.clock,
                        options_.lease_duration / 2, context, request,
                        response);
}

grpc::ServerUnaryReactor* WorkerService::Heartbeat(
    grpc::CallbackServerContext* context, const v1::HeartbeatRequest* request,
    v1::HeartbeatResponse* response) {
  TellInterval(options_.lease_duration, context);
  return Run(options_.executor, context, &Scheduler::Heartbeat, request,
             response, Executor::Operation::Urgency::kHeartbeat);
}

grpc::ServerUnaryReactor* WorkerService::BatchHeartbeat(
    grpc::CallbackServerContext* context,
    const v1::BatchHeartbeatRequest* request,
    v1::BatchHeartbeatResponse* response) {
  TellInterval(options_.lease_duration, context);
  return Run(options_.executor, context, &Scheduler::BatchHeartbeat, request,
             response, Executor::Operation::Urgency::kHeartbeat);
}

grpc::ServerUnaryReactor* WorkerService::ReportMeasurements(
    grpc::CallbackServerContext* context,
    const v1::ReportMeasurementsRequest* request,
    v1::ReportMeasurementsResponse* response) {
  TellInterval(options_.lease_duration, context);
  return Run(options_.executor, context, &Scheduler::ReportMeasurements,
             request, response);
}

grpc::ServerUnaryReactor* WorkerService::CompleteTrial(
    grpc::CallbackServerContext* context,
    const v1::CompleteTrialRequest* request,
    v1::CompleteTrialResponse* response) {
  // As urgent as a heartbeat, for the lease ends if it comes too late; and it
  // is the last call of its lease.
  return Run(options_.executor, context, &Scheduler::CompleteTrial, request,
             response, Executor::Operation::Urgency::kHeartbeat);
}

grpc::ServerUnaryReactor* WorkerService::ReleaseTrial(
    grpc::CallbackServerContext* context,
    const v1::ReleaseTrialRequest* request,
    v1::ReleaseTrialResponse* response) {
  return Run(options_.executor, context, &Scheduler::ReleaseTrial, request,
             response, Executor::Operation::Urgency::kHeartbeat);
}

grpc::ServerUnaryReactor* WorkerService::LeaveWorker(
    grpc::CallbackServerContext* context, const v1::LeaveWorkerRequest* request,
    google::protobuf::Empty* response) {
  return Run(options_.executor, context, &Scheduler::LeaveWorker, request,
             response);
}

grpc::ServerUnaryReactor* WorkerService::ListWorkers(
    grpc::CallbackServerContext* context, const v1::ListWorkersRequest* request,
    v1::ListWorkersResponse* response) {
  return Read(
      options_.reads, options_.callers, context, response, [this, request] {
        return ReadWorkers(*options_.store, *request, options_.clock->Now(),
                           options_.lease_duration);
      });
}

grpc::ServerUnaryReactor* WorkerService::GetWorker(
    grpc::CallbackServerContext* context, const v1::GetWorkerRequest* request,
    v1::Worker* response) {
  return Read(
      options_.reads, options_.callers, context, response, [this, request] {
        return ReadWorker(*options_.store, *request, options_.clock->Now(),
                          options_.lease_duration);
      });
}

grpc::ServerUnaryReactor* WorkerService::DrainWorker(
    grpc::CallbackServerContext* context, const v1::DrainWorkerRequest* request,
    v1::Worker* response) {
  return RunFor(options_.callers, options_.executor, context,
                &Scheduler::DrainWorker, request, response);
}

grpc::ServerUnaryReactor* WorkerService::ReadmitWorker(
    grpc::CallbackServerContext* context,
    const v1::ReadmitWorkerRequest* request, v1::Worker* response) {
  return RunFor(options_.callers, options_.executor, context,
                &Scheduler::ReadmitWorker, request, response);
}

grpc::ServerUnaryReactor* WorkerService::DeleteWorker(
    grpc::CallbackServerContext* context,
    const v1::DeleteWorkerRequest* request, google::protobuf::Empty* response) {
  return RunFor(options_.callers, options_.executor, context,
                &Scheduler::DeleteWorker, request, response);
}

}  // namespace isoshape
