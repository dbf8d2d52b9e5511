#include "coordinator/services/lease_call.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/status/grpc_status.h"
#include "coordinator/services/handler.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

class LeaseOperation : public Executor::Operation {
 public:
  // gRPC keeps context, reactor, request and response until Reply.
  LeaseOperation(grpc::CallbackServerContext* context,
                 grpc::ServerUnaryReactor* reactor, absl::Duration deadline,
                 const v1::LeaseTrialsRequest* request,
                 v1::LeaseTrialsResponse* response)
      : context_(context),
        reactor_(reactor),
        deadline_(deadline),
        request_(request),
        response_(response) {}

  bool Apply(Scheduler& scheduler) override {
    if (waits_ && !scheduler.MayFind(request_->worker())) return false;
    absl::StatusOr<LeaseAnswer> answer = scheduler.TryLease(*request_);
    status_ = answer.status();
    if (!answer.ok()) return true;
    waits_ = answer->may_find_later &&
             FromProto(request_->wait()) > absl::ZeroDuration();
    *response_ = std::move(answer->response);
    return !waits_;
  }

  void Reply(const absl::Status& committed) override {
    if (!committed.ok()) response_->Clear();
    reactor_->Finish(ToGrpcStatus(committed.ok() ? status_ : committed));
  }

  absl::Duration deadline() const override { return deadline_; }
  Urgency urgency() const override { return Urgency::kLease; }
  bool abandoned() const override { return context_->IsCancelled(); }

 private:
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* const reactor_;
  const absl::Duration deadline_;
  const v1::LeaseTrialsRequest* const request_;
  v1::LeaseTrialsResponse* const response_;
  bool waits_ = false;  // it was applied, and found nothing
  absl::Status status_ = absl::CancelledError("the client is gone");
};

}  // namespace

grpc::ServerUnaryReactor* StartLeaseCall(Executor* executor, Clock* clock,
                                         absl::Duration longest_wait,
                                         grpc::CallbackServerContext* context,
                                         const v1::LeaseTrialsRequest* request,
                                         v1::LeaseTrialsResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (!Admit(request, reactor)) return reactor;
  const absl::Duration deadline =
      clock->Elapsed() + std::min(FromProto(request->wait()), longest_wait);
  executor->Submit(std::make_unique<LeaseOperation>(context, reactor, deadline,
                                                    request, response));
  return reactor;
}

}  // namespace isoshape
