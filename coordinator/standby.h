#ifndef ISOSHAPE_COORDINATOR_STANDBY_H_
#define ISOSHAPE_COORDINATOR_STANDBY_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "coordinator/call_admission.h"
#include "coordinator/health_service.h"
#include "coordinator/listener.h"

namespace isoshape {

// What a coordinator says while another has the lead of its database: health is
// NOT_SERVING, and every call is UNAVAILABLE and says that this is a standby,
// so that clients with several addresses go on to the next. The destructor ends
// it; the listener may then be started for the coordinator itself.
class Standby {
 public:
  // Borrows the listener and the admission. INTERNAL if gRPC does not start.
  static absl::StatusOr<std::unique_ptr<Standby>> Start(
      const std::shared_ptr<grpc::ServerCredentials>& credentials,
      CallAdmission* admission, Listener* listener);
  ~Standby();
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;

 private:
  // Answers calls of any method.
  class AnyCall final : public grpc::CallbackGenericService {
   private:
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override;
  };

  Standby(CallAdmission* admission, Listener* listener)
      : listener_(listener), health_(admission, /*serving=*/false) {}

  Listener* const listener_;
  HealthService health_;
  AnyCall calls_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> grpc_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_STANDBY_H_
