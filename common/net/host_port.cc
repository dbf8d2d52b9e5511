#include "common/net/host_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace isoshape {

std::optional<HostPort> ParseHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  absl::string_view host = text.substr(0, colon);
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port > 65535) {
    return std::nullopt;
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.empty() ||
             host.find_first_of(":[]") != absl::string_view::npos) {
    return std::nullopt;
  }
  return HostPort{std::string(host), static_cast<uint16_t>(port)};
}

std::optional<HostPort> ParseServer(absl::string_view server) {
  absl::ConsumePrefix(&server, "dns:");
  while (absl::ConsumePrefix(&server, "/")) {
  }
  for (const char* scheme : {"ipv4:", "ipv6:"}) {
    absl::ConsumePrefix(&server, scheme);
  }
  return ParseHostPort(server);
}

std::string NetworkOf(absl::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // its link
  in6_addr bits = {};
  if (inet_pton(AF_INET6, text.c_str(), &bits) != 1) {
    return std::string(address);
  }
  char network[INET6_ADDRSTRLEN] = "";
  if (IN6_IS_ADDR_V4MAPPED(&bits)) {
    inet_ntop(AF_INET, bits.s6_addr + 12, network, sizeof(network));
    return network;
  }
  std::fill(bits.s6_addr + 8, bits.s6_addr + 16, uint8_t{0});
  inet_ntop(AF_INET6, &bits, network, sizeof(network));
  return absl::StrCat(network, "/64");
}

bool IsLoopbackHost(absl::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!absl::ConsumePrefix(&host, "127.")) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return c == '.' || absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

}  // namespace isoshape
