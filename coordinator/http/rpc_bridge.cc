#include "coordinator/http/rpc_bridge.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "access/caller.h"
#include "common/status/grpc_status.h"
#include "common/status/out_of_memory.h"
#include "common/status/status_macros.h"
#include "messages/names/rpc_path.h"

namespace isoshape {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

namespace {

// What a message and the text that is made of it take, of its bytes.
constexpr size_t kMemoryOfBytes = 3;
// Lists may have many megabytes, which nobody can tell before: none begins
// without room for so many, so that it is not made and then refused.
constexpr size_t kRoomOfList = 16 << 20;

// AnalysisService.ListBestShapes is short, and may wait ten minutes for fits.
bool MayBeLong(const MethodDescriptor& method) {
  return absl::StartsWith(method.name(), "List") &&
         method.service()->name() != "AnalysisService";
}

bool HasRequestId(const MethodDescriptor& method) {
  return method.input_type()->FindFieldByName("request_id") != nullptr;
}

}  // namespace

const MethodDescriptor* FindUnaryMethod(absl::string_view path) {
  const MethodDescriptor* const method = MethodOfPath(path);
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
  AnswerMemory::Room room;  // before it is known what the answer takes
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  Done done;
};

RpcBridge::RpcBridge(std::shared_ptr<grpc::ChannelInterface> channel,
                     const AnswerMemory* memory, std::string secret)
    : stub_(std::move(channel)), memory_(memory), secret_(std::move(secret)) {
  OutOfMemoryError().IgnoreError();  // so that it is there when it is needed
}

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
  if (MayBeLong(method)) {
    absl::StatusOr<AnswerMemory::Room> room = memory_->Take(kRoomOfList);
    if (!room.ok()) {
      done(room.status());
      return [] {};
    }
    call->room = *std::move(room);
  }
  if (!caller.empty()) {
    call->context.AddMetadata(kCallerHeader, absl::StrCat(secret_, caller));
  }
  call->done = std::move(done);
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  const grpc::Slice bytes(request.SerializeAsString());
  call->request = grpc::ByteBuffer(&bytes, 1);
  const std::string path =
      absl::StrCat("/", method.service()->full_name(), "/", method.name());
  std::function<void()> cancel = [weak = std::weak_ptr<UnderWay>(call)] {
    if (const auto strong = weak.lock()) strong->context.TryCancel();
  };
  {
    absl::MutexLock lock(&mutex_);
    under_way_.emplace(call.get(), call);
  }
  stub_.UnaryCall(&call->context, path, {}, &call->request, &call->response,
                  [this, call = call.get(),
                   type = method.output_type()](const grpc::Status& status) {
                    // What it holds does not go under the lock of End.
                    const Done done = std::move(call->done);
                    call->room.reset();
                    TellDespiteOutOfMemory(done, UnlessOutOfMemory([&] {
                                             return Read(status, *type,
                                                         call->response);
                                           }));
                    End(call);
                  });
  return cancel;
}

absl::StatusOr<RpcBridge::Answer> RpcBridge::Read(
    const grpc::Status& status, const Descriptor& type,
    grpc::ByteBuffer& response) const {
  if (!status.ok()) return FromGrpcStatus(status);
  struct Held {
    AnswerMemory::Room room;
    std::unique_ptr<Message> message;
  };
  auto held = std::make_shared<Held>();
  ISOSHAPE_ASSIGN_OR_RETURN(held->room,
                            memory_->Take(kMemoryOfBytes * response.Length()));
  held->message = NewMessage(type);
  grpc::Slice answer;
  const bool read = response.DumpToSingleSlice(&answer).ok() &&
                    held->message->ParseFromArray(
                        answer.begin(), static_cast<int>(answer.size()));
  response.Clear();
  if (!read) return absl::InternalError("the answer cannot be read");
  return Answer(held, held->message.get());
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
