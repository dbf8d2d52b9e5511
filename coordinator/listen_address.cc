#include "coordinator/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/host_port.h"

namespace isoshape {
namespace {

// errno, or 0.
int TryToListen(const addrinfo& address) {
  const int handle = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return errno;
  const int on = 1;
  int error = 0;
  if (setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      bind(handle, address.ai_addr, address.ai_addrlen) != 0 ||
      listen(handle, 1) != 0) {
    error = errno;
  }
  close(handle);
  return error;
}

}  // namespace

std::string ListenAddress::ToString() const {
  return !absl::StrContains(host, ':') ? absl::StrCat(host, ":", port)
                                       : absl::StrCat("[", host, "]:", port);
}

bool ListenAddress::IsLoopback() const {
  return absl::StartsWith(host, "127.") || host == "::1" || host == "localhost";
}

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  if (std::optional<HostPort> address = ParseHostPort(text)) {
    return ListenAddress{std::move(address->host), address->port};
  }
  return absl::InvalidArgumentError(
      absl::StrCat("address '", text,
                   "' is not HOST:PORT; give for example 127.0.0.1:50551 or "
                   "[::1]:50551"));
}

absl::Status CheckBindable(const ListenAddress& address) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = absl::StrCat(address.port);
  if (const int error =
          getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
      error != 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", address.ToString(), ": ", gai_strerror(error),
        "; name an address of this machine with --address"));
  }
  // A name may stand for several addresses; gRPC needs one that it can bind.
  int error = 0;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    error = TryToListen(*each);
    if (error == 0 || error == EADDRINUSE) break;
  }
  freeaddrinfo(found);
  if (error == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "cannot listen on ", address.ToString(), ": ", strerror(error),
      error == EADDRINUSE
          ? "; stop what listens there or choose another port with --address"
          : "; name an address of this machine with --address"));
}

}  // namespace isoshape
