#ifndef ISOSHAPE_WORKER_HEALTH_PORT_H_
#define ISOSHAPE_WORKER_HEALTH_PORT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// Answers probes over HTTP, in the words of the coordinator (docs/http.md):
// `GET /healthz` is 200 as long as the process answers, `GET /readyz` is 200,
// or 503 with the reason. It tells nothing else, so it takes neither TLS nor a
// token. One thread; a few connections at a time.
//
//   auto port = HealthPort::Start("127.0.0.1:0", [&] { return …; });
class HealthPort {
 public:
  // `ready` is called on the port's thread and may take a second. Errors:
  // INVALID_ARGUMENT if `address` is not HOST:PORT, UNAVAILABLE if it cannot be
  // listened on. Port 0: any that is free.
  static absl::StatusOr<std::unique_ptr<HealthPort>> Start(
      const std::string& address, std::function<absl::Status()> ready);
  ~HealthPort();

  // HOST:PORT, with the port that was chosen.
  const std::string& address() const { return address_; }

 private:
  class Server;

  HealthPort(std::unique_ptr<Server> server, std::string address);

  const std::unique_ptr<Server> server_;
  const std::string address_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_HEALTH_PORT_H_
