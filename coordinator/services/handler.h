#ifndef ISOSHAPE_COORDINATOR_SERVICES_HANDLER_H_
#define ISOSHAPE_COORDINATOR_SERVICES_HANDLER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/status/grpc_status.h"
#include "common/status/out_of_memory.h"
#include "coordinator/scheduler/executor.h"
#include "coordinator/services/callers.h"
#include "coordinator/services/hide_tokens.h"
#include "coordinator/services/read_queue.h"
#include "messages/checks/field_limits.h"

namespace isoshape {

// Has `read` called on a thread of the queue, to finish the call. If it is not
// to be called, finishes it with why: there are too many reads, its client has
// gone, or the coordinator stops.
inline grpc::ServerUnaryReactor* ReadAside(
    ReadQueue* reads, const Callers& callers,
    grpc::CallbackServerContext* context,
    std::function<void(grpc::ServerUnaryReactor* reactor)> read) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reads->Add(
      {.who = callers.Origin(*context), .connection = context->peer()},
      {.end =
           [reactor, read = std::move(read)](const absl::Status& status) {
             if (status.ok()) {
               read(reactor);
             } else {
               reactor->Finish(ToGrpcStatus(status));
             }
           },
       .abandoned = [context] { return context->IsCancelled(); }});
  return reactor;
}

// Answers a call with what a read of the store returns, which is called on a
// thread of the queue, or with UNAVAILABLE if there is no memory for it: gRPC
// catches what a handler throws on its own threads alone. gRPC keeps the
// request until then.
//   return Read(reads_, callers_, context, response,
//               [=, this] { return ReadTrial(*store_, *request); });
template <typename Response, typename Function>
grpc::ServerUnaryReactor* Read(ReadQueue* reads, const Callers& callers,
                               grpc::CallbackServerContext* context,
                               Response* response, Function read) {
  return ReadAside(
      reads, callers, context,
      [response, read = std::move(read)](grpc::ServerUnaryReactor* reactor) {
        const absl::Status status = UnlessOutOfMemory([&] {
          absl::StatusOr<Response> result = read();
          if (!result.ok()) return result.status();
          *response = *std::move(result);
          return absl::OkStatus();
        });
        reactor->Finish(ToGrpcStatus(status));
      });
}

// A call of one verb of the scheduler that never waits.
template <typename Response>
class VerbOperation : public Executor::Operation {
 public:
  using Verb = std::function<absl::StatusOr<Response>(Scheduler&)>;

  // gRPC keeps context, response and reactor until Reply.
  VerbOperation(Verb verb, grpc::CallbackServerContext* context,
                Response* response, grpc::ServerUnaryReactor* reactor,
                Urgency urgency = Urgency::kCall)
      : verb_(std::move(verb)),
        context_(context),
        reactor_(reactor),
        urgency_(urgency),
        response_(response) {}

  bool Apply(Scheduler& scheduler) override {
    absl::StatusOr<Response> result = verb_(scheduler);
    status_ = result.status();
    if (result.ok()) *response_ = *std::move(result);
    if constexpr (std::is_same_v<Response, v1::Trial>) HideTokens(response_);
    return true;
  }

  void Reply(const absl::Status& committed) override {
    reactor_->Finish(ToGrpcStatus(committed.ok() ? status_ : committed));
  }

  Urgency urgency() const override { return urgency_; }
  bool abandoned() const override { return context_->IsCancelled(); }

 private:
  const Verb verb_;
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* const reactor_;
  const Urgency urgency_;

 protected:
  Response* const response_;
  absl::Status status_ = absl::CancelledError("the client is gone");
};

// AdmitRequest of a request that gRPC gave, which is the call's own until
// Finish. Finishes the call and returns false if it is refused.
template <typename Request>
bool Admit(const Request* request, grpc::ServerUnaryReactor* reactor) {
  const absl::Status status = AdmitRequest(const_cast<Request*>(request));
  if (!status.ok()) reactor->Finish(ToGrpcStatus(status));
  return status.ok();
}

// Has the executor's thread run a verb; the answer follows its commit.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* Submit(Executor* executor,
                                 grpc::CallbackServerContext* context,
                                 typename VerbOperation<Response>::Verb verb,
                                 const Request* request, Response* response,
                                 Executor::Operation::Urgency urgency) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (!Admit(request, reactor)) return reactor;
  executor->Submit(std::make_unique<VerbOperation<Response>>(
      std::move(verb), context, response, reactor, urgency));
  return reactor;
}

// The body of every handler that changes something.
//   return Run(executor_, context, &Scheduler::PauseCampaign, request,
//              response);
template <typename Request, typename Response>
grpc::ServerUnaryReactor* Run(
    Executor* executor, grpc::CallbackServerContext* context,
    absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
    const Request* request, Response* response,
    Executor::Operation::Urgency urgency =
        Executor::Operation::Urgency::kCall) {
  return Submit(
      executor, context,
      [verb, request](Scheduler& scheduler) {
        return (scheduler.*verb)(*request);
      },
      request, response, urgency);
}

// The same for what a person does: events of it name who called.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* RunFor(
    const Callers& callers, Executor* executor,
    grpc::CallbackServerContext* context,
    absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
    const Request* request, Response* response) {
  return Submit(
      executor, context,
      [verb, request, caller = callers.Name(*context)](Scheduler& scheduler) {
        const ActorScope acting = scheduler.ActFor(caller);
        return (scheduler.*verb)(*request);
      },
      request, response, Executor::Operation::Urgency::kCall);
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_HANDLER_H_
