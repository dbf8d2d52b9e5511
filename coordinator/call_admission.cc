#include "coordinator/call_admission.h"

#include <grpc/grpc_security.h>

#include <algorithm>

namespace isoshape {
namespace {

using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;

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
  ~BegunCall() override { admission_->End(connection_); }

  void Intercept(InterceptorBatchMethods* methods) override {
    methods->Proceed();
  }

 private:
  CallAdmission* const admission_;
  const void* const connection_;
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
    // Used as the name of the connection alone.
    grpc_auth_context* const connection =
        grpc_call_auth_context(context->c_call());
    auto* const call = new BegunCall(admission_, connection, context->peer());
    grpc_auth_context_release(connection);
    return call;
  }

 private:
  CallAdmission* const admission_;
};

}  // namespace

std::unique_ptr<ServerInterceptorFactoryInterface> CallAdmission::CountCalls(
    grpc::ServerBuilder& builder) {
  builder.SetContextAllocator(std::make_unique<SeesRead>(this));
  return std::make_unique<SeesBegin>(this);
}

absl::Status CallAdmission::Admit(const void* connection, bool counted) {
  std::string ended;
  {
    absl::MutexLock lock(&mutex_);
    Connection& its = connections_[connection];
    if (MayBegin(its, counted)) {
      its.refused = 0;
      ForgetIdle();
      return absl::OkStatus();
    }
    if (++its.refused == options_.patience) {
      ended = its.peer;
      its.refused = 0;
    }
  }
  ++refused_;
  if (!ended.empty()) options_.end(ended);
  return absl::ResourceExhaustedError(
      "more calls were sent at once than can begin; send fewer at a time");
}

bool CallAdmission::MayBegin(Connection& connection, bool counted) const {
  if (connection.calls >= options_.calls_of_connection) return false;
  if (counted && waiting_ <= options_.waiting) return true;
  const absl::Duration now = options_.clock->Elapsed();
  if (now - connection.slot_begin > options_.slot) {
    connection.slot_begin = now;
    connection.calls_in_slot = 0;
  }
  return ++connection.calls_in_slot <= options_.calls_in_slot;
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
  absl::MutexLock lock(&mutex_);
  Connection& its = connections_[connection];
  ++its.calls;
  if (its.peer != peer) its.peer = peer;
}

void CallAdmission::End(const void* connection) {
  absl::MutexLock lock(&mutex_);
  const auto its = connections_.find(connection);
  if (its != connections_.end() && --its->second.calls == 0 &&
      its->second.refused == 0) {
    connections_.erase(its);
  }
}

}  // namespace isoshape
