#ifndef ISOSHAPE_COORDINATOR_HTTP_RPC_BRIDGE_H_
#define ISOSHAPE_COORDINATOR_HTTP_RPC_BRIDGE_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/http/answer_memory.h"

namespace isoshape {

// The method of a path (MethodOfPath), if neither side of it is a stream.
const google::protobuf::MethodDescriptor* FindUnaryMethod(
    absl::string_view path);

// Returns true if a call of the method may change something. A service none of
// whose requests has a request_id only reads; of the others only Get… and List…
// methods without one do (AIP-131, 132), and Watch…, which stream. So a new
// method counts as one that changes something unless it says otherwise by its
// form.
bool MayChange(const google::protobuf::MethodDescriptor& method);

// How a coordinator that serves reading alone answers a call of the method: OK,
// or PERMISSION_DENIED if it may change something.
absl::Status CheckReadsAlone(const google::protobuf::MethodDescriptor& method);

// Calls methods by descriptor over a channel. Thread-safe.
class RpcBridge {
 public:
  // Holds its room of the memory of answers.
  using Answer = std::shared_ptr<google::protobuf::Message>;
  using Done = std::function<void(absl::StatusOr<Answer>)>;

  // The memory is borrowed. The secret is that of Callers; without it they
  // believe no caller's name.
  RpcBridge(std::shared_ptr<grpc::ChannelInterface> channel,
            const AnswerMemory* memory, std::string secret = "");
  // Cancels what is under way and waits until it has ended.
  ~RpcBridge();

  // Calls `done` once, from another thread, or at once if there is no room for
  // an answer; again with OutOfMemoryError if it throws std::bad_alloc. Errors
  // of the call, and UNAVAILABLE if there is no memory. The returned function
  // cancels the call; after its end it does nothing. `caller` is who asks, as
  // CallerName says it: who is told of changes, and takes turns with others.
  std::function<void()> Call(const google::protobuf::MethodDescriptor& method,
                             const google::protobuf::Message& request,
                             absl::Duration deadline, Done done,
                             const std::string& caller = "");

  // Cancels what is under way.
  void CancelAll();

 private:
  struct UnderWay;

  absl::StatusOr<Answer> Read(const grpc::Status& status,
                              const google::protobuf::Descriptor& type,
                              grpc::ByteBuffer& response) const;
  void End(UnderWay* call);

  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub_;
  const AnswerMemory* const memory_;
  const std::string secret_;
  absl::Mutex mutex_;
  std::map<UnderWay*, std::shared_ptr<UnderWay>> under_way_
      ABSL_GUARDED_BY(mutex_);
};

// A new message of a type that the program was built with.
std::unique_ptr<google::protobuf::Message> NewMessage(
    const google::protobuf::Descriptor& type);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_RPC_BRIDGE_H_
