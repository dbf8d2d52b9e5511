#include "coordinator/http/rpc_bridge.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "access/caller.h"
#include "common/status/grpc_status.h"
#include "messages/names/rpc_path.h"

namespace isoshape {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

namespace {

bool HasRequestId(const MethodDescriptor& method) {
  return method.input_type()->FindFieldByName("request_id") != nullptr;
}

}  // namespace

const MethodDescriptor* FindMethod(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (!absl::StartsWith(path, kRpcPathPrefix) || slash == 0) return nullptr;
  const std::string service(path.substr(1, slash - 1));
  const ServiceDescriptor* found =
      DescriptorPool::generated_pool()->FindServiceByName(service);
  return found == nullptr
             ? nullptr
             : found->FindMethodByName(std::string(path.substr(slash + 1)));
}

const MethodDescriptor* FindUnaryMethod(absl::string_view path) {
  const MethodDescriptor* const method = FindMethod(path);
  return method == nullptr || method->server_streaming() ||
                 method->client_streaming()
             ? nullptr
             : method;
}

bool MayChange(const MethodDescriptor& method) {
  if (HasRequestId(method)) return true;
  const ServiceDescriptor& service = *method.service();
  bool reads_only = true;
  for (int i = 0; i < service.method_count(); ++i) {
    reads_only = reads_only && !HasRequestId(*service.method(i));
  }
  return !reads_only && !absl::StartsWith(method.name(), "Get") &&
         !absl::StartsWith(method.name(), "List") &&
         !(absl::StartsWith(method.name(), "Watch") &&
           method.server_streaming());
}

absl::Status CheckReadsAlone(const MethodDescriptor& method) {
  if (!MayChange(method)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(method.name(),
                   " may change something, and this coordinator serves reading "
                   "alone; start it without --read-only"));
}

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(
      MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

struct RpcBridge::UnderWay {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  Done done;
};

RpcBridge::~RpcBridge() {
  CancelAll();
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](std::map<UnderWay*, std::shared_ptr<UnderWay>>* calls) {
        return calls->empty();
      },
      &under_way_));
}

std::function<void()> RpcBridge::Call(const MethodDescriptor& method,
                                      const Message& request,
                                      absl::Duration deadline, Done done,
                                      const std::string& caller) {
  auto call = std::make_shared<UnderWay>();
  if (!caller.empty()) {
    call->context.AddMetadata(kCallerHeader, absl::StrCat(secret_, caller));
  }
  call->done = std::move(done);
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  const grpc::Slice bytes(request.SerializeAsString());
  call->request = grpc::ByteBuffer(&bytes, 1);
  {
    absl::MutexLock lock(&mutex_);
    under_way_.emplace(call.get(), call);
  }
  const std::string path =
      absl::StrCat("/", method.service()->full_name(), "/", method.name());
  stub_.UnaryCall(
      &call->context, path, {}, &call->request, &call->response,
      [this, call = call.get(),
       type = method.output_type()](const grpc::Status& status) {
        // What it holds does not go under the lock of End.
        const Done done = std::move(call->done);
        if (!status.ok()) {
          done(FromGrpcStatus(status));
        } else {
          std::unique_ptr<Message> response = NewMessage(*type);
          grpc::Slice answer;
          if (call->response.DumpToSingleSlice(&answer).ok() &&
              response->ParseFromArray(answer.begin(),
                                       static_cast<int>(answer.size()))) {
            done(std::move(response));
          } else {
            done(absl::InternalError("the answer cannot be read"));
          }
        }
        End(call);
      });
  return [weak = std::weak_ptr<UnderWay>(call)] {
    if (const auto strong = weak.lock()) strong->context.TryCancel();
  };
}

// The call goes, and with it its hold on the channel, before it counts as
// ended: a channel whose last holder is one of gRPC's own threads, in the midst
// of a call, ended the process now and then (gRPC 1.51, ref_counted.h: prior >
// 0).
void RpcBridge::End(UnderWay* call) {
  absl::MutexLock lock(&mutex_);
  under_way_.erase(call);
}

void RpcBridge::CancelAll() {
  // A call may end within TryCancel, which takes the lock.
  std::map<UnderWay*, std::shared_ptr<UnderWay>> calls;
  {
    absl::MutexLock lock(&mutex_);
    calls = under_way_;
  }
  for (const auto& [call, owned] : calls) call->context.TryCancel();
}

}  // namespace isoshape
