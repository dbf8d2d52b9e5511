#include "coordinator/standby.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "coordinator/server_limits.h"

namespace isoshape {
namespace {

// Ends its call at once.
class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  Refusal() {
    Finish(grpc::Status(
        grpc::StatusCode::UNAVAILABLE,
        "this coordinator is a standby: another has the lead; give clients "
        "both addresses, --server A,B, and if the other one has just gone, "
        "try again in 15 s"));
  }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* Standby::AnyCall::CreateReactor(
    grpc::GenericCallbackServerContext* /*context*/) {
  return new Refusal;
}

absl::StatusOr<std::unique_ptr<Standby>> Standby::Start(
    const std::shared_ptr<grpc::ServerCredentials>& credentials,
    CallAdmission* admission, Listener* listener) {
  std::unique_ptr<Standby> standby(new Standby(admission, listener));
  grpc::ServerBuilder builder;
  LimitServer(builder);
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(admission->CountCalls(builder));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  using Experimental = grpc::ServerBuilder::experimental_type;
  standby->acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
      Experimental::ExternalConnectionType::FROM_FD, credentials);
  builder.RegisterService(&standby->health_);
  builder.RegisterCallbackGenericService(&standby->calls_);
  standby->grpc_ = builder.BuildAndStart();
  if (standby->grpc_ == nullptr) {
    return absl::InternalError(
        "gRPC does not start; set GRPC_VERBOSITY=ERROR and start it again: its "
        "lines say why");
  }
  listener->StartPaced(standby->acceptor_.get());
  return standby;
}

Standby::~Standby() {
  if (grpc_ == nullptr) return;
  // Connections that come now wait for the coordinator itself; those that
  // waited to be read here are closed, and come again.
  listener_->Stop();
  grpc_->Shutdown(absl::ToChronoTime(absl::Now()));
  grpc_->Wait();
}

}  // namespace isoshape
