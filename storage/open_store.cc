#include "storage/open_store.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/sqlite_store.h"

namespace isoshape {
namespace {

// `sqlite` of `sqlite:results.db`; nothing of a path, be it `./a:b.db`.
std::string KindOf(const std::string& address) {
  const size_t end = address.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
  if (end == std::string::npos || end == 0 || address[end] != ':') return "";
  return address.substr(0, end);
}

}  // namespace

absl::StatusOr<std::string> SqlitePath(const std::string& address) {
  const std::string kind = KindOf(address);
  if (kind.empty()) return address;
  if (kind == "sqlite") return address.substr(kind.size() + 1);
  return absl::InvalidArgumentError(absl::StrCat(
      "database ", address, ": there is no kind of database '", kind,
      "'; give sqlite:PATH, or ./", address, " for a file of that name"));
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore(
    const std::string& address,
    const std::function<void(const std::string& why)>& tell) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string path, SqlitePath(address));
  return SqliteStore::Open({.path = path, .tell = tell});
}

}  // namespace isoshape
