#include "storage/open_store.h"

#include <spdlog/spdlog.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "storage/postgres/open_postgres.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/sqlite/sqlite_tables.h"

namespace isoshape {
namespace {

// `sqlite` of `sqlite:results.db`; nothing of a path, be it `./a:b.db`.
std::string KindOf(const std::string& address) {
  const size_t end = address.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
  if (end == std::string::npos || end == 0 || address[end] != ':') return "";
  return address.substr(0, end);
}

// How long a page gathers changes before it is written for all of them.
constexpr absl::Duration kSettleEvery = absl::Milliseconds(500);

}  // namespace

bool IsPostgresAddress(const std::string& address) {
  const std::string kind = KindOf(address);
  return kind == "postgres" || kind == "postgresql";
}

absl::StatusOr<std::string> SqlitePath(const std::string& address) {
  const std::string kind = KindOf(address);
  if (kind.empty()) return address;
  if (kind == "sqlite") return address.substr(kind.size() + 1);
  if (IsPostgresAddress(address)) {
    return absl::InvalidArgumentError(
        "a database of PostgreSQL is no file: copy it with pg_dump, and put "
        "the copy back with pg_restore; docs/deploy/postgresql.md has both");
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "database ", address, ": there is no kind of database '", kind,
      "'; give sqlite:PATH, postgres://USER@HOST/DATABASE, or ./", address,
      " for a file of that name"));
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore(
    const std::string& address, const OpenStoreOptions& options) {
  if (IsPostgresAddress(address)) return OpenPostgres(address, options);
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string path, SqlitePath(address));
  if (options.standby) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a standby needs a database that is not on one machine, and ", path,
        " is a file; give --db postgres://USER@HOST/DATABASE, or leave out "
        "--standby"));
  }
  return SqliteStore::Open(
      {.path = path,
       .tell = options.tell,
       .warn = [](const std::string& what) { spdlog::warn("{}", what); },
       .must_exist = options.must_exist,
       .gather = true,
       .settle_every = kSettleEvery});
}

absl::StatusOr<std::unique_ptr<StoreTables>> OpenTables(
    const std::string& address, const OpenStoreOptions& options) {
  if (IsPostgresAddress(address)) return OpenPostgresTables(address, options);
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string path, SqlitePath(address));
  // Who copies reads what is waited for and what was made good in one place.
  return SqliteTables::Open({.path = path,
                             .tell = options.tell,
                             .warn = options.tell,
                             .must_exist = options.must_exist});
}

}  // namespace isoshape
