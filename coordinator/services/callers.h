#ifndef ISOSHAPE_COORDINATOR_SERVICES_CALLERS_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CALLERS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
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
  // OriginOf the call.
  std::string Origin(const grpc::CallbackServerContext& context) const;
  // Says whether who makes the call may still call the method of that path: a
  // stream may last longer than its token, which expires or is revoked. Must
  // not outlive the policy.
  std::function<absl::Status()> Standing(
      const grpc::CallbackServerContext& context, absl::string_view path) const;

 private:
  AccessPolicy* access_;
  std::string http_secret_;
};

// The host in gRPC's text of a peer: `10.0.0.5` of `ipv4:10.0.0.5:4711`, `::1`
// of `ipv6:%5B::1%5D:4711`; empty for a Unix socket, or what has no address.
std::string HostOfPeer(absl::string_view peer);

// Those who are to take turns, of a caller's name and gRPC's text of the peer.
// Two machines that show one token to gRPC are two, but not two addresses of
// one IPv6 network (NetworkOf). By HTTP, whose calls come from this process,
// those who show one token are one, and are another than the programs that
// show it to gRPC.
std::string OriginOf(absl::string_view name, absl::string_view peer);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CALLERS_H_
