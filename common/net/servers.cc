#include "common/net/servers.h"

#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/net/channel.h"
#include "common/status/status_macros.h"

namespace isoshape {

absl::StatusOr<std::vector<std::string>> ReadServers(absl::string_view what,
                                                     const std::string& value) {
  std::string text = value;
  const bool from_file = value.starts_with('@');
  if (from_file) {
    std::ostringstream read;
    read << std::ifstream(value.substr(1)).rdbuf();
    text = read.str();
  }
  std::vector<std::string> servers;
  for (absl::string_view part : absl::StrSplit(text, absl::ByAnyChar(",\n"))) {
    part = absl::StripAsciiWhitespace(part);
    if (part.empty() && from_file) continue;
    ISOSHAPE_RETURN_IF_ERROR(CheckServerAddress(
        from_file ? absl::StrCat(what, " ", value, ":") : std::string(what),
        part));
    servers.emplace_back(part);
  }
  return servers;
}

}  // namespace isoshape
