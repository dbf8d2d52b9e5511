#include "coordinator/dashboard_name.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>

#include <array>
#include <memory>

#include "coordinator/http/certificate_names.h"

namespace isoshape {
namespace {

bool IsWildcard(const std::string& host) {
  in6_addr six = {};
  in_addr four = {};
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1) {
    return IN6_IS_ADDR_UNSPECIFIED(&six);
  }
  return inet_pton(AF_INET, host.c_str(), &four) == 1 && four.s_addr == 0;
}

// The first address of IPv4 of an interface that is up and no loopback: a
// socket for :: takes those too. Empty if there is none.
std::string NetworkAddress() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return "";
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first,
                                                             &freeifaddrs);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    const bool usable =
        one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET &&
        (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
    std::array<char, INET_ADDRSTRLEN> text = {};
    if (usable && getnameinfo(one->ifa_addr, sizeof(sockaddr_in), text.data(),
                              static_cast<socklen_t>(text.size()), nullptr, 0,
                              NI_NUMERICHOST) == 0) {
      return text.data();
    }
  }
  return "";
}

}  // namespace

std::string DashboardName(const ListenAddress& address,
                          const std::vector<std::string>& allow_hosts,
                          const SSL_CTX* tls) {
  const bool wildcard = IsWildcard(address.host);
  const bool named = tls == nullptr || IsCertifiedFor(tls, address.host);
  if (address.IsLoopback() || (!wildcard && named)) return address.host;
  if (!allow_hosts.empty()) return allow_hosts.front();
  if (tls != nullptr) {
    const std::string certified = FirstCertifiedName(tls);
    if (!certified.empty()) return certified;
  }
  if (!wildcard) return address.host;
  const std::string network = NetworkAddress();
  return network.empty() ? "127.0.0.1" : network;
}

}  // namespace isoshape
