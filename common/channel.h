#ifndef ISOSHAPE_COMMON_CHANNEL_H_
#define ISOSHAPE_COMMON_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// INVALID_ARGUMENT unless `server` is HOST:PORT, [IPV6]:PORT, or an address
// with one of gRPC's schemes `unix:`, `dns:`, `ipv4:`, `ipv6:`. `what` names
// the setting in the message: `--server 'x' is not HOST:PORT, …`.
absl::Status CheckServerAddress(absl::string_view what,
                                absl::string_view server);

// The connection to a coordinator: the one place in the project that knows how
// a client connects (credentials, reconnection, proxies). It connects when the
// first call is made and finds a coordinator that was started again within
// about a second. Calls to an address that CheckServerAddress refuses fail.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_CHANNEL_H_
