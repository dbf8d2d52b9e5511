#ifndef ISOSHAPE_COMMON_NET_CHANNEL_H_
#define ISOSHAPE_COMMON_NET_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace isoshape {

// A channel that has lost its connection tries to connect again at least this
// often, as long as a call waits for it: gRPC's longest wait with its jitter.
inline constexpr absl::Duration kLongestReconnect = absl::Milliseconds(900);

// INVALID_ARGUMENT unless `server` is HOST:PORT, [IPV6]:PORT, or an address
// with one of gRPC's schemes `unix:`, `dns:`, `ipv4:`, `ipv6:`, and what the
// environment says of TLS and tokens can be used with it. `what` names the
// setting in the message: `--server 'x' is not HOST:PORT, …`.
absl::Status CheckServerAddress(absl::string_view what,
                                absl::string_view server);

// The connection to a coordinator: the one place in the project that knows how
// a client connects (credentials, reconnection, proxies). It connects when the
// first call is made and finds a coordinator that was started again within
// kLongestReconnect. Calls to an address that CheckServerAddress refuses fail.
//
// Credentials are taken from the environment, as child processes and batch
// jobs inherit it:
//   ISOSHAPE_TOKEN_FILE  a file with the token, read again when it changes; or
//   ISOSHAPE_TOKEN       the token itself
//   ISOSHAPE_TLS_CA      TLS, by the certificates of this file (PEM) or those
//                        of the system (`system`)
//   ISOSHAPE_TLS_CERT, ISOSHAPE_TLS_KEY  the client's own, for mutual TLS
//   ISOSHAPE_INSECURE=1  a token may go to another machine without TLS
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_CHANNEL_H_
