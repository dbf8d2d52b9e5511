#include "coordinator/services/planned_calls.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "coordinator/planning/planned_campaign.h"
#include "coordinator/planning/planner.h"
#include "coordinator/services/handler.h"

namespace isoshape {
namespace {

// What a call has until it is finished; gRPC keeps it.
template <typename Request>
struct Call {
  Executor* executor = nullptr;
  grpc::CallbackServerContext* context = nullptr;
  grpc::ServerUnaryReactor* reactor = nullptr;
  const Request* request = nullptr;
  v1::Campaign* response = nullptr;

  void Finish(const absl::Status& status) const {
    reactor->Finish(ToGrpcStatus(status));
  }
  // Runs `job` beside the executor, unless the client has gone by then.
  void Prepare(std::function<void()> job) const {
    const bool taken = executor->Prepare([*this, job = std::move(job)] {
      if (context->IsCancelled()) {
        Finish(absl::CancelledError("the client is gone"));
      } else {
        job();
      }
    });
    if (!taken) {
      Finish(absl::ResourceExhaustedError(
          "too many campaigns are being planned; ask again in a few seconds"));
    }
  }
  void Apply(VerbOperation<v1::Campaign>::Verb verb) const {
    executor->Submit(std::make_unique<VerbOperation<v1::Campaign>>(
        std::move(verb), response, reactor));
  }
};

using UpdateCall = Call<v1::UpdateCampaignRequest>;

// Asks the scheduler for the plan that an update needs, has it made and brings
// it back with the update.
class OrderForUpdate final : public Executor::Operation {
 public:
  explicit OrderForUpdate(const UpdateCall& call) : call_(call) {}

  bool Apply(Scheduler& scheduler) override {
    order_ = scheduler.OrderUpdate(*call_.request);
    return true;
  }

  void Reply(const absl::Status& committed) override {
    if (!committed.ok()) return call_.Finish(committed);
    if (!order_.has_value()) return Update(call_, {});
    // Shared, as a std::function can be copied.
    auto order =
        std::make_shared<const Scheduler::PlanOrder>(*std::move(order_));
    call_.Prepare([call = call_, order] {
      Update(call, {.order = *order, .plan = PlanTrials(order->input)});
    });
  }

 private:
  static void Update(const UpdateCall& call, Scheduler::UpdatePlan made) {
    call.Apply(
        [request = call.request, made = std::move(made)](Scheduler& scheduler) {
          return scheduler.UpdateCampaign(*request, made);
        });
  }

  const UpdateCall call_;
  std::optional<Scheduler::PlanOrder> order_;
};

}  // namespace

grpc::ServerUnaryReactor* StartCreateCampaign(
    Executor* executor, grpc::CallbackServerContext* context,
    const v1::CreateCampaignRequest* request, v1::Campaign* response) {
  const Call<v1::CreateCampaignRequest> call = {
      executor, context, context->DefaultReactor(), request, response};
  if (!Admit(request, call.reactor)) return call.reactor;
  call.Prepare([call] {
    call.Apply([request = call.request,
                planned = PlanCampaign(call.request->campaign())](
                   Scheduler& scheduler) mutable {
      return scheduler.CreateCampaign(*request, std::move(planned));
    });
  });
  return call.reactor;
}

grpc::ServerUnaryReactor* StartUpdateCampaign(
    Executor* executor, grpc::CallbackServerContext* context,
    const v1::UpdateCampaignRequest* request, v1::Campaign* response) {
  const UpdateCall call = {executor, context, context->DefaultReactor(),
                           request, response};
  if (!Admit(request, call.reactor)) return call.reactor;
  executor->Submit(std::make_unique<OrderForUpdate>(call));
  return call.reactor;
}

}  // namespace isoshape
