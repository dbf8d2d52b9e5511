#include "coordinator/call_admission.h"

#include <grpc/grpc_security.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;

// Bytes of an answer below which nobody notices that it is not read.
constexpr int64_t kWorthCounting = 1024;
// Until an answer has been sent, gRPC keeps the message beside its bytes, which
// takes some three times as much: 300 kB for 69 kB of 376 trials.
constexpr int64_t kMemoryOfBytes = 4;

// Asked by gRPC for the context of each call, on the thread that read it. gRPC
// makes those for which there is none here.
class SeesRead final : public grpc::ContextAllocator {
 public:
  explicit SeesRead(CallAdmission* admission) : admission_(admission) {}

  grpc::CallbackServerContext* NewCallbackServerContext() override {
    admission_->Read();
    return nullptr;
  }
  grpc::GenericCallbackServerContext* NewGenericCallbackServerContext()
      override {
    admission_->Read();
    return nullptr;
  }

 private:
  CallAdmission* const admission_;
};

// Lives as long as its call.
class BegunCall final : public Interceptor {
 public:
  BegunCall(CallAdmission* admission, const void* connection,
            const std::string& peer)
      : admission_(admission), connection_(connection) {
    admission_->Begin(connection_, peer);
  }
  ~BegunCall() override {
    Sent();
    admission_->End(connection_);
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      grpc::ByteBuffer* const answer = methods->GetSerializedSendMessage();
      const auto bytes =
          answer == nullptr ? 0 : static_cast<int64_t>(answer->Length());
      sending_ = bytes >= kWorthCounting ? bytes * kMemoryOfBytes : 0;
      if (sending_ > 0 && !admission_->Answer(connection_, sending_)) {
        *answer = grpc::ByteBuffer();
        sending_ = 0;
      }
    }
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::POST_SEND_MESSAGE)) {
      Sent();
    }
    methods->Proceed();
  }

 private:
  void Sent() {
    if (sending_ > 0) admission_->Answered(connection_, sending_);
    sending_ = 0;
  }

  CallAdmission* const admission_;
  const void* const connection_;
  int64_t sending_ = 0;  // memory of a message, one at a time
};

// Asked for the interceptors of each call, on the thread that begins it.
class SeesBegin final : public ServerInterceptorFactoryInterface {
 public:
  explicit SeesBegin(CallAdmission* admission) : admission_(admission) {}

  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    auto* const context =
        dynamic_cast<grpc::CallbackServerContext*>(info->server_context());
    // Reflection is of gRPC's synchronous kind, which SeesRead is not asked of.
    if (context == nullptr) return nullptr;
    return new BegunCall(admission_, CallAdmission::ConnectionOf(*context),
                         context->peer());
  }

 private:
  CallAdmission* const admission_;
};

}  // namespace

const void* CallAdmission::ConnectionOf(grpc::CallbackServerContext& context) {
  grpc_auth_context* const connection =
      grpc_call_auth_context(context.c_call());
  grpc_auth_context_release(connection);  // a name alone
  return connection;
}

std::unique_ptr<ServerInterceptorFactoryInterface> CallAdmission::CountCalls(
    grpc::ServerBuilder& builder) {
  builder.SetContextAllocator(std::make_unique<SeesRead>(this));
  return std::make_unique<SeesBegin>(this);
}

absl::Status CallAdmission::Admit(const void* connection, Kind kind) {
  std::string ended;
  {
    absl::MutexLock lock(&mutex_);
    Connection& its = connections_[connection];
    if (MayBegin(its, kind)) {
      its.refused = 0;
      ForgetIdle();
      return absl::OkStatus();
    }
    ended = Refuse(its);
  }
  return Refused(ended);
}

absl::Status CallAdmission::BeginTokenless(const void* connection) {
  std::string ended;
  {
    absl::MutexLock lock(&mutex_);
    Connection& its = connections_[connection];
    if (HasRoomForTokenless(its)) {
      ++its.tokenless;
      ++its.waiting;
      return absl::OkStatus();
    }
    ended = Refuse(its);
  }
  return Refused(ended);
}

void CallAdmission::EndWaiting(const void* connection) {
  absl::MutexLock lock(&mutex_);
  const auto its = connections_.find(connection);
  if (its != connections_.end()) --its->second.waiting;
}

void CallAdmission::EndTokenless(const void* connection) {
  absl::MutexLock lock(&mutex_);
  const auto its = connections_.find(connection);
  if (its != connections_.end()) --its->second.tokenless;
}

std::string CallAdmission::Refuse(Connection& its) {
  ++refused_;
  if (++its.refused < options_.patience) return "";
  its.refused = 0;
  return its.peer;
}

absl::Status CallAdmission::Refused(const std::string& ended) {
  if (!ended.empty()) options_.end(ended, "sent calls without end");
  return absl::ResourceExhaustedError(
      "more calls were sent at once than can begin; send fewer at a time");
}

bool CallAdmission::MayBegin(Connection& connection, Kind kind) const {
  if (connection.calls >= options_.calls_of_connection) return false;
  if (kind == Kind::kTokenless && !HasRoomForTokenless(connection)) {
    return false;
  }
  if (kind != Kind::kUncounted && waiting_ <= options_.waiting) return true;
  const absl::Duration now = options_.clock->Elapsed();
  if (now - connection.slot_begin > options_.slot) {
    connection.slot_begin = now;
    connection.calls_in_slot = 0;
  }
  return ++connection.calls_in_slot <= options_.calls_in_slot;
}

bool CallAdmission::HasRoomForTokenless(const Connection& connection) const {
  return connection.tokenless < options_.tokenless_calls &&
         connection.waiting < options_.tokenless_waiting;
}

void CallAdmission::ForgetIdle() {
  if (connections_.size() <= forget_above_) return;
  std::erase_if(connections_,
                [](const auto& one) { return one.second.calls == 0; });
  forget_above_ = std::max(kMaxIdle, 2 * connections_.size());
}

size_t CallAdmission::connections() {
  absl::MutexLock lock(&mutex_);
  return connections_.size();
}

void CallAdmission::Begin(const void* connection, const std::string& peer) {
  --waiting_;
  options_.begun(peer);
  absl::MutexLock lock(&mutex_);
  Connection& its = connections_[connection];
  ++its.calls;
  if (its.peer != peer) {
    its.peer = peer;
    its.ended = false;  // that was another one at the same address in memory
  }
}

void CallAdmission::End(const void* connection) {
  absl::MutexLock lock(&mutex_);
  const auto its = connections_.find(connection);
  if (its != connections_.end() && --its->second.calls == 0 &&
      its->second.refused == 0) {
    connections_.erase(its);
  }
}

void CallAdmission::Count(Connection& its, int64_t bytes) {
  // A Unix socket is its owner's, and HTTP has bounds of its own.
  if (!absl::StartsWith(its.peer, "ipv")) return;
  its.unread += bytes;
  its.largest = its.unread > 0 ? std::max(its.largest, bytes) : 0;
  if (!its.ended) unread_ += bytes;
}

const void* CallAdmission::Unreading(const void* connection) {
  const Connection& its = connections_[connection];
  if (its.unread - its.largest > options_.unread_of_connection) {
    return connection;
  }
  if (unread_ <= options_.unread) return nullptr;
  const auto live = [](const Connection& one) {
    return one.ended ? -1 : one.unread;
  };
  return std::max_element(connections_.begin(), connections_.end(),
                          [&](const auto& a, const auto& b) {
                            return live(a.second) < live(b.second);
                          })
      ->first;
}

bool CallAdmission::Answer(const void* connection, int64_t bytes) {
  std::string peer;
  int64_t unread = 0;
  const void* ended = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    Connection& its = connections_[connection];
    if (its.ended) return false;
    Count(its, bytes);
    ended = Unreading(connection);
    if (ended == nullptr) return true;
    Connection& one = connections_[ended];
    one.ended = true;
    unread = one.unread;
    unread_ -= unread;
    peer = one.peer;
  }
  EndUnreading(ended, peer, unread);
  absl::MutexLock lock(&mutex_);
  Connection& its = connections_[connection];
  if (its.ended) Count(its, -bytes);
  return !its.ended;
}

void CallAdmission::EndUnreading(const void* connection,
                                 const std::string& peer, int64_t unread) {
  if (options_.end(peer, absl::StrCat("does not read its answers, which take ",
                                      unread >> 20, " MB"))) {
    return;
  }
  absl::MutexLock lock(&mutex_);
  const auto its = connections_.find(connection);
  if (its == connections_.end() || its->second.peer != peer ||
      !its->second.ended) {
    return;
  }
  its->second.ended = false;
  unread_ += its->second.unread;
}

void CallAdmission::Answered(const void* connection, int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  const auto its = connections_.find(connection);
  if (its != connections_.end()) Count(its->second, -bytes);
}

}  // namespace isoshape
