// In the place of storage/postgres/ if libpq is not there.
#include "storage/postgres/open_postgres.h"

namespace isoshape {
namespace {

absl::Status Absent() {
  return absl::InvalidArgumentError(
      "this isoshape was built without libpq, so it has no PostgreSQL; install "
      "libpq-dev and build it again, or name a SQLite file with --db");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgres(
    const std::string& /*address*/, const OpenStoreOptions& /*options*/) {
  return Absent();
}

absl::StatusOr<std::unique_ptr<StoreTables>> OpenPostgresTables(
    const std::string& /*address*/, const OpenStoreOptions& /*options*/) {
  return Absent();
}

absl::StatusOr<PostgresState> InspectPostgres(const std::string& /*address*/) {
  return Absent();
}

}  // namespace isoshape
