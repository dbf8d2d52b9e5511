#include "coordinator/end_connection.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

using NameOfSocket = int (*)(int, sockaddr*, socklen_t*);

// One end of a socket, getsockname's or getpeername's; of no family if it has
// none.
sockaddr_storage EndOf(int handle, NameOfSocket name) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  if (name(handle, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return {};
  }
  return address;
}

// An address in the words of gRPC; empty if it is none of TCP.
std::string AsGrpcSays(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &four.sin_addr, text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(four.sin_port));
  }
  if (address.ss_family != AF_INET6) return "";
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
    inet_ntop(AF_INET, &six.sin6_addr.s6_addr[12], text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(six.sin6_port));
  }
  inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text));
  // A link-local address is one of an interface (RFC 6874).
  const std::string scope =
      six.sin6_scope_id == 0 ? "" : absl::StrCat("%25", six.sin6_scope_id);
  return absl::StrCat("ipv6:%5B", text, scope, "%5D:", ntohs(six.sin6_port));
}

uint16_t PortOf(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

std::vector<int> OpenDescriptors() {
  std::vector<int> open;
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return open;
  while (const dirent* const entry = readdir(folder)) {
    int handle = 0;
    if (absl::SimpleAtoi(entry->d_name, &handle) && handle != dirfd(folder)) {
      open.push_back(handle);
    }
  }
  closedir(folder);
  return open;
}

}  // namespace

std::string PeerOf(int descriptor) {
  return AsGrpcSays(EndOf(descriptor, getpeername));
}

int64_t EndConnections(std::map<std::string, std::string> did, uint16_t port) {
  did.erase("");  // as AsGrpcSays has it for what is no TCP
  // The peer whose connection to the port a descriptor has.
  const auto peer_at = [&](int handle) {
    return PortOf(EndOf(handle, getsockname)) == port ? did.find(PeerOf(handle))
                                                      : did.end();
  };
  int64_t ended = 0;
  for (const int handle : OpenDescriptors()) {
    if (peer_at(handle) == did.end()) continue;
    // Its owner may close it at any moment, and another file have its number:
    // this one stays what it is.
    const int own = fcntl(handle, F_DUPFD_CLOEXEC, 0);
    if (own < 0) continue;
    if (const auto one = peer_at(own); one != did.end()) {
      // To no address: the connection is reset (connect(2)).
      const sockaddr none = {.sa_family = AF_UNSPEC, .sa_data = {}};
      if (connect(own, &none, sizeof(none)) == 0) {
        spdlog::warn("connection ended: {} {}", one->first, one->second);
        did.erase(one);
        ++ended;
      }
    }
    close(own);
  }
  for (const auto& [peer, what] : did) {
    spdlog::warn(
        "connection not ended, for there is none or no descriptor "
        "left: {} {}",
        peer, what);
  }
  return ended;
}

std::optional<std::map<std::string, int64_t>> ReceivedBytes(uint16_t port) {
  std::map<std::string, int64_t> received;
  if (port == 0) return received;
  const std::vector<int> open = OpenDescriptors();
  if (open.empty()) return std::nullopt;
  for (const int handle : open) {
    if (PortOf(EndOf(handle, getsockname)) != port) continue;
    const std::string peer = PeerOf(handle);
    tcp_info info = {};
    socklen_t length = sizeof(info);
    if (!peer.empty() &&
        getsockopt(handle, IPPROTO_TCP, TCP_INFO, &info, &length) == 0) {
      received[peer] = static_cast<int64_t>(info.tcpi_bytes_received);
    }
  }
  return received;
}

}  // namespace isoshape
