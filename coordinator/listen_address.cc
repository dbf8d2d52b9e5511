#include "coordinator/listen_address.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/net/host_port.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr absl::string_view kUnix = "unix:";

}  // namespace

std::string ListenAddress::ToString() const {
  if (!unix_path.empty()) return absl::StrCat(kUnix, unix_path);
  return !absl::StrContains(host, ':') ? absl::StrCat(host, ":", port)
                                       : absl::StrCat("[", host, "]:", port);
}

bool ListenAddress::IsLoopback() const {
  return !unix_path.empty() || IsLoopbackHost(host);
}

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  absl::string_view path = text;
  if (absl::ConsumePrefix(&path, kUnix) && !path.empty()) {
    return ListenAddress{.unix_path = std::string(path)};
  }
  if (std::optional<HostPort> address = ParseHostPort(text)) {
    return ListenAddress{.host = std::move(address->host),
                         .port = address->port};
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--address '", OneLine(text),
                   "' is not HOST:PORT; give for example 127.0.0.1:50551, "
                   "[::1]:50551 or unix:/run/isoshape.sock"));
}

}  // namespace isoshape
