#include "coordinator/services/planned_calls.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/retry_after.h"
#include "common/threads/cancellation.h"
#include "coordinator/planning/planned_request.h"
#include "coordinator/planning/planner.h"
#include "coordinator/planning/prior_runs.h"
#include "coordinator/services/handler.h"
#include "coordinator/stopping_error.h"

namespace isoshape {
namespace {

// A verb that plans. The call is answered when all trials of the plan are
// stored, so that who lists them then misses none; others are served meanwhile.
class PlannedOperation final : public VerbOperation<v1::Campaign> {
 public:
  PlannedOperation(Verb verb, bool stores, grpc::CallbackServerContext* context,
                   v1::Campaign* response, grpc::ServerUnaryReactor* reactor)
      : VerbOperation(std::move(verb), context, response, reactor),
        stores_(stores) {}

  bool Apply(Scheduler& scheduler) override {
    const bool waited = applied_;
    if (!applied_) {
      applied_ = true;
      VerbOperation::Apply(scheduler);
      if (!status_.ok() || !stores_) return true;
    }
    const absl::StatusOr<bool> adding = scheduler.IsAdding(response_->name());
    if (adding.ok()) return !*adding;
    // The answer to a request that was sent again may outlive its campaign; or
    // somebody deleted it at once.
    if (waited) {
      status_ = absl::UnavailableError(absl::StrCat(
          adding.status().message(),
          " any more; send the request again with the same request_id"));
    }
    return true;
  }

  absl::Duration deadline() const override { return absl::InfiniteDuration(); }
  bool has_changed() const override { return applied_; }

 private:
  const bool stores_;
  bool applied_ = false;
};

// What a call has until it is finished; gRPC keeps it.
template <typename Request>
struct Call {
  Executor* executor = nullptr;
  grpc::CallbackServerContext* context = nullptr;
  grpc::ServerUnaryReactor* reactor = nullptr;
  const Request* request = nullptr;
  v1::Campaign* response = nullptr;
  std::string caller{};  // for events

  void Finish(const absl::Status& status) const {
    reactor->Finish(ToGrpcStatus(status));
  }
  // Runs `job` beside the executor, unless the client has gone by then.
  void Prepare(std::function<void()> job) const {
    const bool taken = executor->Prepare([*this, job = std::move(job)] {
      if (context->IsCancelled()) {
        Finish(absl::CancelledError("the client is gone"));
      } else if (Cancelled()) {
        Finish(StoppingError());
      } else {
        job();
      }
    });
    if (!taken) {
      absl::Status refusal = absl::ResourceExhaustedError(
          "too many campaigns are being planned; ask again in a few seconds");
      SetRetryAfter(absl::Seconds(2), refusal);
      Finish(refusal);
    }
  }
  void Apply(PlannedOperation::Verb verb, bool stores = true) const {
    // A plan that was cut short is none.
    if (Cancelled()) return Finish(StoppingError());
    executor->Submit(std::make_unique<PlannedOperation>(
        std::move(verb), stores, context, response, reactor));
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
    auto order = std::make_shared<const PlanOrder>(*std::move(order_));
    call_.Prepare([call = call_, order] {
      Update(call, {.order = *order, .plan = PlanTrials(order->input)});
    });
  }

 private:
  static void Update(const UpdateCall& call, UpdatePlan made) {
    call.Apply([request = call.request, caller = call.caller,
                made = std::move(made)](Scheduler& scheduler) {
      const ActorScope acting = scheduler.ActFor(caller);
      return scheduler.UpdateCampaign(*request, made);
    });
  }

  const UpdateCall call_;
  std::optional<PlanOrder> order_;
};

using CreateCall = Call<v1::CreateCampaignRequest>;

// An error of the priors is the campaign's: a request that is sent again gets
// the answer that it had, whatever became of them.
void Create(const CreateCall& call,
            const absl::StatusOr<std::vector<PriorRun>>& priors) {
  call.Prepare([call, priors] {
    call.Apply(
        [request = call.request, caller = call.caller,
         planned = priors.ok()
                       ? PlanRequest(*call.request, *priors)
                       : absl::StatusOr<PlannedCampaign>(priors.status())](
            Scheduler& scheduler) mutable {
          const ActorScope acting = scheduler.ActFor(caller);
          return scheduler.CreateCampaign(*request, std::move(planned));
        },
        /*stores=*/!call.request->validate_only());
  });
}

// Asks the scheduler for the results of the priors of a campaign, and goes on
// with these.
class PriorsForCreate final : public Executor::Operation {
 public:
  explicit PriorsForCreate(const CreateCall& call) : call_(call) {}

  bool Apply(Scheduler& scheduler) override {
    priors_ = scheduler.PriorRunsFor(*call_.request);
    return true;
  }

  void Reply(const absl::Status& committed) override {
    if (!committed.ok()) return call_.Finish(committed);
    Create(call_, priors_);
  }

 private:
  const CreateCall call_;
  absl::StatusOr<std::vector<PriorRun>> priors_;
};

}  // namespace

grpc::ServerUnaryReactor* StartCreateCampaign(
    const Callers& callers, Executor* executor,
    grpc::CallbackServerContext* context,
    const v1::CreateCampaignRequest* request, v1::Campaign* response) {
  const CreateCall call = {executor, context,  context->DefaultReactor(),
                           request,  response, callers.Name(*context)};
  if (!Admit(request, call.reactor)) return call.reactor;
  if (PriorsOf(request->campaign()).empty()) {
    Create(call, std::vector<PriorRun>());
  } else {
    executor->Submit(std::make_unique<PriorsForCreate>(call));
  }
  return call.reactor;
}

grpc::ServerUnaryReactor* StartUpdateCampaign(
    const Callers& callers, Executor* executor,
    grpc::CallbackServerContext* context,
    const v1::UpdateCampaignRequest* request, v1::Campaign* response) {
  const UpdateCall call = {executor, context,  context->DefaultReactor(),
                           request,  response, callers.Name(*context)};
  if (!Admit(request, call.reactor)) return call.reactor;
  executor->Submit(std::make_unique<OrderForUpdate>(call));
  return call.reactor;
}

}  // namespace isoshape
