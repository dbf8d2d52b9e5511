#ifndef ISOSHAPE_COORDINATOR_SERVICES_HANDLER_H_
#define ISOSHAPE_COORDINATOR_SERVICES_HANDLER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/grpc_status.h"
#include "coordinator/scheduler/executor.h"

namespace isoshape {

// Answers a call with what a read of the store returned.
template <typename Response>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context,
                                 absl::StatusOr<Response> result,
                                 Response* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (result.ok()) {
    *response = *std::move(result);
    reactor->Finish(grpc::Status::OK);
  } else {
    reactor->Finish(ToGrpcStatus(result.status()));
  }
  return reactor;
}

// A call of one verb of the scheduler that never waits.
template <typename Response>
class VerbOperation : public Executor::Operation {
 public:
  using Verb = std::function<absl::StatusOr<Response>(Scheduler&)>;

  // gRPC keeps response and reactor until Reply.
  VerbOperation(Verb verb, Response* response,
                grpc::ServerUnaryReactor* reactor)
      : verb_(std::move(verb)), response_(response), reactor_(reactor) {}

  bool Apply(Scheduler& scheduler) override {
    absl::StatusOr<Response> result = verb_(scheduler);
    status_ = result.status();
    if (result.ok()) *response_ = *std::move(result);
    return true;
  }

  void Reply(const absl::Status& committed) override {
    reactor_->Finish(ToGrpcStatus(committed.ok() ? status_ : committed));
  }

 private:
  const Verb verb_;
  Response* const response_;
  grpc::ServerUnaryReactor* const reactor_;
  absl::Status status_;
};

// The body of every handler that changes something: the verb runs on the
// executor's thread, the answer follows its commit.
//   return Run(executor_, context, &Scheduler::PauseCampaign, request,
//              response);
template <typename Request, typename Response>
grpc::ServerUnaryReactor* Run(
    Executor* executor, grpc::CallbackServerContext* context,
    absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
    const Request* request, Response* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  executor->Submit(std::make_unique<VerbOperation<Response>>(
      [verb, request](Scheduler& scheduler) {
        return (scheduler.*verb)(*request);
      },
      response, reactor));
  return reactor;
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_HANDLER_H_
