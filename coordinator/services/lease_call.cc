#include "coordinator/services/lease_call.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "common/status/grpc_status.h"
#include "coordinator/services/handler.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

// Tells the operation that its client is gone. The flag outlives both.
class LeaseReactor : public grpc::ServerUnaryReactor {
 public:
  LeaseReactor(Executor* executor, std::shared_ptr<std::atomic<bool>> gone)
      : executor_(executor), gone_(std::move(gone)) {}

  void OnCancel() override {
    *gone_ = true;
    executor_->Poke();
  }
  void OnDone() override { delete this; }

 private:
  Executor* const executor_;
  const std::shared_ptr<std::atomic<bool>> gone_;
};

class LeaseOperation : public Executor::Operation {
 public:
  LeaseOperation(LeaseReactor* reactor, std::shared_ptr<std::atomic<bool>> gone,
                 absl::Duration deadline, const v1::LeaseTrialsRequest* request,
                 v1::LeaseTrialsResponse* response)
      : reactor_(reactor),
        gone_(std::move(gone)),
        deadline_(deadline),
        request_(request),
        response_(response) {}

  bool Apply(Scheduler& scheduler) override {
    if (waits_ && !scheduler.MayFind(request_->worker())) return false;
    absl::StatusOr<v1::LeaseTrialsResponse> result =
        scheduler.LeaseTrials(*request_);
    status_ = result.status();
    if (!result.ok()) return true;
    *response_ = *std::move(result);
    waits_ = response_->leases().empty() && !response_->drain() &&
             FromProto(request_->wait()) > absl::ZeroDuration();
    return !waits_;
  }

  void Reply(const absl::Status& committed) override {
    if (!committed.ok()) response_->Clear();
    reactor_->Finish(ToGrpcStatus(committed.ok() ? status_ : committed));
  }

  absl::Duration deadline() const override { return deadline_; }
  Urgency urgency() const override { return Urgency::kLease; }
  bool abandoned() const override { return *gone_; }

 private:
  LeaseReactor* const reactor_;
  const std::shared_ptr<std::atomic<bool>> gone_;
  const absl::Duration deadline_;
  const v1::LeaseTrialsRequest* const request_;
  v1::LeaseTrialsResponse* const response_;
  bool waits_ = false;  // it was applied, and found nothing
  absl::Status status_ = absl::CancelledError("the client is gone");
};

}  // namespace

grpc::ServerUnaryReactor* StartLeaseCall(Executor* executor, Clock* clock,
                                         absl::Duration longest_wait,
                                         const v1::LeaseTrialsRequest* request,
                                         v1::LeaseTrialsResponse* response) {
  auto gone = std::make_shared<std::atomic<bool>>(false);
  auto* reactor = new LeaseReactor(executor, gone);
  if (!Admit(request, reactor)) return reactor;
  const absl::Duration deadline =
      clock->Elapsed() + std::min(FromProto(request->wait()), longest_wait);
  executor->Submit(std::make_unique<LeaseOperation>(
      reactor, std::move(gone), deadline, request, response));
  return reactor;
}

}  // namespace isoshape
