#ifndef ISOSHAPE_COMMON_NET_HOST_PORT_H_
#define ISOSHAPE_COMMON_NET_HOST_PORT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// The two parts of an address of TCP.
struct HostPort {
  std::string host;  // an IPv6 address is without its brackets
  uint16_t port = 0;
};

// Reads `127.0.0.1:50551`, `localhost:0` or `[::1]:50551`; nothing if the text
// has another form. Does not look the host up.
std::optional<HostPort> ParseHostPort(absl::string_view text);

// The same of an address of gRPC, `dns:` or `ipv4:` before it or not; nothing
// for one of another kind.
std::optional<HostPort> ParseServer(absl::string_view server);

// The network of an address that has no port or brackets: an IPv6 address has
// its first 64 bits, `2001:db8::/64`, as a machine may take as many addresses
// of them as it likes; an IPv4 one is itself, in whatever form; and so is what
// is no address. For bounds that nobody is to escape by another address, which
// the machines of an IPv6 network have together.
std::string NetworkOf(absl::string_view address);

// Whether a host, without brackets and in lower case, is one that only this
// machine resolves to, whatever a foreign DNS says: 127.0.0.0/8 is matched as
// an address, not as the beginning of a name.
bool IsLoopbackHost(absl::string_view host);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_HOST_PORT_H_
