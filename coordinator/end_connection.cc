#include "coordinator/end_connection.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
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

// The peer of a socket in the words of gRPC; empty if it is none over TCP.
std::string PeerOf(int handle) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  if (getpeername(handle, reinterpret_cast<sockaddr*>(&address), &length) !=
      0) {
    return "";
  }
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
  return absl::StrCat("ipv6:%5B", text, "%5D:", ntohs(six.sin6_port));
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

void EndConnection(const std::string& peer) {
  for (const int handle : OpenDescriptors()) {
    if (PeerOf(handle) != peer) continue;
    // Its owner may close it at any moment, and another file have its number:
    // this one stays what it is.
    const int own = fcntl(handle, F_DUPFD_CLOEXEC, 0);
    if (own < 0) continue;
    if (PeerOf(own) == peer) {
      // To no address: the connection is reset (connect(2)).
      const sockaddr none = {.sa_family = AF_UNSPEC, .sa_data = {}};
      if (connect(own, &none, sizeof(none)) == 0) {
        spdlog::warn("connection ended: {} sent calls without end", peer);
      }
    }
    close(own);
  }
}

}  // namespace isoshape
