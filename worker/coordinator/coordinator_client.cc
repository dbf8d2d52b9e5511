#include "worker/coordinator/coordinator_client.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/net/channel.h"
#include "common/net/connection_problem.h"
#include "common/net/servers.h"
#include "common/status/grpc_status.h"
#include "common/status/retry_after.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "common/threads/clock.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lease_request.h"

namespace isoshape {
namespace {

constexpr absl::Duration kLogInterval = absl::Seconds(30);

}  // namespace

CoordinatorClient::CoordinatorClient(const std::string& server)
    : server_(server) {
  MoveOn(nullptr);
}

std::shared_ptr<v1::WorkerService::Stub> CoordinatorClient::stub() {
  absl::MutexLock lock(&mutex_);
  return stub_;
}

void CoordinatorClient::MoveOn(const v1::WorkerService::Stub* failed) {
  absl::MutexLock lock(&mutex_);
  if (stub_.get() != failed) return;  // another call has moved on already
  const absl::StatusOr<std::vector<std::string>> servers =
      ReadServers("--server", server_);
  if (!servers.ok() || servers->empty()) return;
  alone_ = servers->size() == 1;
  const auto now = std::find(servers->begin(), servers->end(), address_);
  const auto next = now == servers->end() || std::next(now) == servers->end()
                        ? servers->begin()
                        : std::next(now);
  if (stub_ != nullptr && *next == address_) return;
  address_ = *next;
  stub_ = v1::WorkerService::NewStub(MakeChannel(address_));
}

template <typename Response, typename Request>
absl::StatusOr<Response> CoordinatorClient::Send(
    v1::WorkerService::Stub* stub, Method<Response, Request> method,
    const Request& request, absl::Duration deadline,
    grpc::ClientContext& context) {
  if (stub == nullptr) {
    return absl::UnavailableError("no address of a coordinator is known");
  }
  context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  {
    // The one coordinator is waited for, which may come back any moment. Of
    // several the next is asked as soon as one refuses.
    absl::MutexLock lock(&mutex_);
    context.set_wait_for_ready(alone_);
  }
  Response response;
  const absl::Status status =
      FromGrpcStatus((stub->*method)(&context, request, &response));
  if (!status.ok()) {
    absl::Status told(status.code(), OneLine(status.message()));
    if (const auto wait = RetryAfter(status)) SetRetryAfter(*wait, told);
    return told;
  }
  return response;
}

template <typename Response, typename Request>
absl::StatusOr<Response> CoordinatorClient::Call(
    Method<Response, Request> method, const Request& request,
    absl::Duration deadline, grpc::ClientContext& context) {
  const std::shared_ptr<v1::WorkerService::Stub> used = stub();
  absl::StatusOr<Response> response =
      Send<Response, Request>(used.get(), method, request, deadline, context);
  if (WasCancelled(context, response.status())) return response;
  if (deadline < kTellingDeadline &&
      absl::IsDeadlineExceeded(response.status())) {
    return response;
  }
  Note(response.status());
  if (response.ok()) NoteInterval(context);
  if (!IsAnswer(response.status())) MoveOn(used.get());
  return response;
}

void CoordinatorClient::NoteInterval(const grpc::ClientContext& context) {
  const auto& headers = context.GetServerInitialMetadata();
  const auto header = headers.find(kHeartbeatIntervalHeader);
  int64_t milliseconds = 0;
  if (header != headers.end() &&
      absl::SimpleAtoi(
          absl::string_view(header->second.data(), header->second.size()),
          &milliseconds) &&
      milliseconds > 0) {
    SetHeartbeatInterval(absl::Milliseconds(milliseconds));
  }
}

absl::StatusOr<v1::Worker> CoordinatorClient::GetWorker(
    const v1::GetWorkerRequest& request, absl::Duration deadline) {
  grpc::ClientContext context;
  const std::shared_ptr<v1::WorkerService::Stub> used = stub();
  return Send<v1::Worker, v1::GetWorkerRequest>(
      used.get(), &v1::WorkerService::Stub::GetWorker, request, deadline,
      context);
}

absl::Status CoordinatorClient::Leave(const v1::LeaveWorkerRequest& request,
                                      absl::Duration deadline) {
  grpc::ClientContext context;
  const std::shared_ptr<v1::WorkerService::Stub> used = stub();
  return Send<google::protobuf::Empty, v1::LeaveWorkerRequest>(
             used.get(), &v1::WorkerService::Stub::LeaveWorker, request,
             deadline, context)
      .status();
}

absl::StatusOr<v1::RegisterWorkerResponse> CoordinatorClient::Register(
    const v1::RegisterWorkerRequest& request, absl::Duration deadline) {
  grpc::ClientContext context;
  return Call<v1::RegisterWorkerResponse, v1::RegisterWorkerRequest>(
      &v1::WorkerService::Stub::RegisterWorker, request, deadline, context);
}

absl::StatusOr<v1::LeaseTrialsResponse> CoordinatorClient::Lease(
    const v1::LeaseTrialsRequest& request, absl::Duration deadline) {
  grpc::ClientContext context;
  {
    absl::MutexLock lock(&mutex_);
    if (leasing_ended_) return absl::CancelledError("leasing has ended");
    lease_call_ = &context;
  }
  const absl::Cleanup forget([this] {
    absl::MutexLock lock(&mutex_);
    lease_call_ = nullptr;
  });
  return Call<v1::LeaseTrialsResponse, v1::LeaseTrialsRequest>(
      &v1::WorkerService::Stub::LeaseTrials, request,
      FromProto(request.wait()) + deadline, context);
}

absl::StatusOr<v1::LeaseTrialsResponse> CoordinatorClient::LeaseAgain(
    v1::LeaseTrialsRequest request, absl::Duration deadline) {
  request.clear_wait();
  grpc::ClientContext context;
  return Call<v1::LeaseTrialsResponse, v1::LeaseTrialsRequest>(
      &v1::WorkerService::Stub::LeaseTrials, request, deadline, context);
}

absl::StatusOr<v1::HeartbeatResponse> CoordinatorClient::Heartbeat(
    const v1::HeartbeatRequest& request, absl::Duration deadline) {
  grpc::ClientContext context;
  return Call<v1::HeartbeatResponse, v1::HeartbeatRequest>(
      &v1::WorkerService::Stub::Heartbeat, request, deadline, context);
}

absl::StatusOr<v1::BatchHeartbeatResponse> CoordinatorClient::BatchHeartbeat(
    const v1::BatchHeartbeatRequest& request, absl::Duration deadline) {
  grpc::ClientContext context;
  return Call<v1::BatchHeartbeatResponse, v1::BatchHeartbeatRequest>(
      &v1::WorkerService::Stub::BatchHeartbeat, request, deadline, context);
}

absl::StatusOr<v1::ReportMeasurementsResponse> CoordinatorClient::Report(
    const v1::ReportMeasurementsRequest& request, absl::Duration deadline) {
  grpc::ClientContext context;
  return Call<v1::ReportMeasurementsResponse, v1::ReportMeasurementsRequest>(
      &v1::WorkerService::Stub::ReportMeasurements, request, deadline, context);
}

absl::StatusOr<v1::CompleteTrialResponse> CoordinatorClient::Complete(
    const v1::CompleteTrialRequest& request, absl::Duration deadline) {
  grpc::ClientContext context;
  return Call<v1::CompleteTrialResponse, v1::CompleteTrialRequest>(
      &v1::WorkerService::Stub::CompleteTrial, request, deadline, context);
}

absl::StatusOr<v1::ReleaseTrialResponse> CoordinatorClient::Release(
    const v1::ReleaseTrialRequest& request, absl::Duration deadline) {
  grpc::ClientContext context;
  return Call<v1::ReleaseTrialResponse, v1::ReleaseTrialRequest>(
      &v1::WorkerService::Stub::ReleaseTrial, request, deadline, context);
}

void CoordinatorClient::CancelLease() {
  absl::MutexLock lock(&mutex_);
  leasing_ended_ = true;
  if (lease_call_ != nullptr) lease_call_->TryCancel();
}

bool CoordinatorClient::WasCancelled(const grpc::ClientContext& context,
                                     const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  return leasing_ended_ && lease_call_ == &context && absl::IsCancelled(status);
}

void CoordinatorClient::Note(const absl::Status& status) {
  std::string address;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Duration now = Clock::Real()->Elapsed();
    if (IsAnswer(status)) return NoteAnswer(status, now);
    if (silent_since_ == -absl::InfiniteDuration()) silent_since_ = now;
    if (now - last_log_ < kLogInterval) return;
    last_log_ = now;
    address = address_;
  }
  if (const std::string problem = ConnectionProblem(address);
      !problem.empty()) {
    spdlog::warn("{}; trying again until it answers", OneLine(problem));
    return;
  }
  spdlog::warn(
      "no answer from the coordinator at {} ({}: {}); trying again until it "
      "answers; is 'isoshape serve' running, and --server right?",
      server_, absl::StatusCodeToString(status.code()),
      OneLine(status.message()));
}

void CoordinatorClient::NoteAnswer(const absl::Status& status,
                                   absl::Duration now) {
  if (silent_since_ != -absl::InfiniteDuration()) {
    spdlog::info("the coordinator at {} answers again, after {}", server_,
                 WholeSeconds(now - silent_since_));
    silent_since_ = -absl::InfiniteDuration();
    last_log_ = -absl::InfiniteDuration();
  }
  if (absl::IsResourceExhausted(status) &&
      now - last_busy_log_ >= kLogInterval) {
    last_busy_log_ = now;
    spdlog::warn("the coordinator at {} is busy: {}; trying again", server_,
                 OneLine(status.message()));
  }
}

}  // namespace isoshape
