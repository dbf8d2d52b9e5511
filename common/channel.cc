#include "common/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/host_port.h"

namespace isoshape {

absl::Status CheckServerAddress(absl::string_view what,
                                absl::string_view server) {
  for (const char* scheme : {"unix:", "dns:", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(server, scheme)) return absl::OkStatus();
  }
  if (const std::optional<HostPort> address = ParseHostPort(server);
      address.has_value() && address->port > 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(what, " '", server,
                   "' is not HOST:PORT, such as 127.0.0.1:50551 or "
                   "[::1]:50551"));
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server) {
  grpc::ChannelArguments arguments;
  // gRPC's own waits between attempts grow to two minutes; a coordinator that
  // was started again must be found before the leases of its workers expire.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // In spite of its name this is no wait between attempts: it is how long one
  // attempt may take, for a network on which nobody answers. It may well be
  // above the longest wait.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // No sharing of connections with other channels of this process: another one
  // may be in its wait between attempts, which this one would have to sit out.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(),
                                   arguments);
}

}  // namespace isoshape
