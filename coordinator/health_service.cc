#include "coordinator/health_service.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/server_callback.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status/grpc_status.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// HealthCheckRequest has a text, and HealthCheckResponse a number, as field 1:
// they have the same bytes as these.
using Request = google::protobuf::StringValue;
using Response = google::protobuf::Int32Value;

// HealthCheckResponse.ServingStatus.
constexpr int kServing = 1;
constexpr int kNotServing = 2;

// Lives until its call is over.
class CheckCall final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  CheckCall(CallAdmission* admission, const void* connection, bool serving)
      : admission_(admission), connection_(connection) {
    response_.set_value(serving ? kServing : kNotServing);
    const absl::Status begun = admission_->BeginTokenless(connection_);
    counted_ = begun.ok();
    if (counted_) {
      StartRead(&request_);
    } else {
      Finish(ToGrpcStatus(begun));
    }
  }

 private:
  // Not OK as well if the call was cancelled, and nobody hears the answer.
  void OnReadDone(bool ok) override {
    // Before the client is answered, and may ask anew.
    admission_->EndWaiting(connection_);
    if (!ok) {
      return Finish(ToGrpcStatus(absl::InvalidArgumentError(
          "the request is not a grpc.health.v1.HealthCheckRequest; send what "
          "health.proto of gRPC says")));
    }
    if (!request_.value().empty()) {
      return Finish(ToGrpcStatus(absl::NotFoundError(absl::StrCat(
          "service '", OneLine(request_.value(), 100),
          "' has no health of its own; ask for that of the whole server by "
          "the empty name"))));
    }
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override {
    if (counted_) admission_->EndTokenless(connection_);
    delete this;
  }

  CallAdmission* const admission_;
  const void* const connection_;
  bool counted_ = false;
  Request request_;
  Response response_;
};

}  // namespace

HealthService::HealthService(CallAdmission* admission, bool serving) {
  AddMethod(new grpc::internal::RpcServiceMethod(
      "/grpc.health.v1.Health/Check", grpc::internal::RpcMethod::BIDI_STREAMING,
      nullptr));
  MarkMethodCallback(
      0, new grpc::internal::CallbackBidiHandler<Request, Response>(
             [admission, serving](grpc::CallbackServerContext* context) {
               return new CheckCall(
                   admission, CallAdmission::ConnectionOf(*context), serving);
             }));
}

}  // namespace isoshape
