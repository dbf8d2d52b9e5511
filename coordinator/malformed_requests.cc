#include "coordinator/malformed_requests.h"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "messages/names/rpc_path.h"

namespace isoshape {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;

// Every method of ours is implemented, so that a status without a word is that
// of a request that could not be read.
class MalformedRequest : public Interceptor {
 public:
  explicit MalformedRequest(const ServerRpcInfo* info) : info_(info) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS)) {
      const grpc::Status status = methods->GetSendStatus();
      const bool wordless =
          status.error_code() == grpc::StatusCode::UNIMPLEMENTED &&
          status.error_message().empty();
      const std::string type = wordless ? TypeOfRequest() : "";
      if (!type.empty()) {
        methods->ModifySendStatus(grpc::Status(
            grpc::StatusCode::INVALID_ARGUMENT,
            absl::StrCat("the request is not a ", type,
                         ": its bytes are no such message, or a text in it is "
                         "not UTF-8; send what the .proto files of this "
                         "version say")));
      }
    }
    methods->Proceed();
  }

 private:
  // `isoshape.v1.GetTrialRequest` of `/isoshape.v1.CampaignService/GetTrial`;
  // nothing if there is no such method.
  std::string TypeOfRequest() const {
    const auto* const method = MethodOfPath(info_->method());
    return method == nullptr ? "" : method->input_type()->full_name();
  }

  const ServerRpcInfo* const info_;
};

class Factory : public ServerInterceptorFactoryInterface {
 public:
  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return absl::StartsWith(info->method(), kRpcPathPrefix)
               ? new MalformedRequest(info)
               : nullptr;
  }
};

}  // namespace

std::unique_ptr<ServerInterceptorFactoryInterface> ExplainMalformedRequests() {
  return std::make_unique<Factory>();
}

}  // namespace isoshape
