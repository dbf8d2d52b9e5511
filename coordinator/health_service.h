#ifndef ISOSHAPE_COORDINATOR_HEALTH_SERVICE_H_
#define ISOSHAPE_COORDINATOR_HEALTH_SERVICE_H_

#include <grpcpp/impl/service_type.h>

#include "coordinator/call_admission.h"

namespace isoshape {

// Says whether a coordinator serves: `Check` of grpc.health.v1.Health, for
// which nobody needs a token. gRPC's own is not used, as its calls begin once
// their message has come: one that never comes keeps 12 kB for as long as the
// connection is open, and nothing here is told of the call, or of its end.
// Registered as a stream, which looks the same to who calls, it begins with its
// headers, and CallAdmission counts exactly what a connection has of them.
// Thread-safe. Borrows the admission, and must outlive the server.
class HealthService final : public grpc::Service {
 public:
  // SERVING or NOT_SERVING, as long as it lives.
  HealthService(CallAdmission* admission, bool serving);
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HEALTH_SERVICE_H_
