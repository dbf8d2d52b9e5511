#ifndef ISOSHAPE_COORDINATOR_SERVICES_CALLERS_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CALLERS_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <utility>

#include "access/access_policy.h"

namespace isoshape {

// Knows who makes a call. Thread-safe; borrows the policy, which may be null:
// no tokens are asked for. Calls that show the secret are HTTP's of this
// process, which says by kCallerHeader for whom it calls; without one there are
// none.
class Callers {
 public:
  explicit Callers(AccessPolicy* access, std::string http_secret = "")
      : access_(access), http_secret_(std::move(http_secret)) {}

  // CallerName of who makes the call, whether by gRPC or by HTTP.
  std::string Name(const grpc::CallbackServerContext& context) const;
  // The same with the machine, or that it is HTTP: those who are to take turns.
  // Two machines that show one token are two, and so are the programs and the
  // pages of one machine.
  std::string Origin(const grpc::CallbackServerContext& context) const;

 private:
  AccessPolicy* access_;
  std::string http_secret_;
};

// The host in gRPC's text of a peer: `10.0.0.5` of `ipv4:10.0.0.5:4711`, `::1`
// of `ipv6:%5B::1%5D:4711`; empty for a Unix socket, or what has no address.
std::string HostOfPeer(absl::string_view peer);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CALLERS_H_
