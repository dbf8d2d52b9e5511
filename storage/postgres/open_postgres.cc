#include "storage/postgres/open_postgres.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "storage/postgres/pg_address.h"
#include "storage/postgres/pg_connection.h"
#include "storage/postgres/pg_schema.h"
#include "storage/postgres/pg_store.h"
#include "storage/postgres/pg_tables.h"

namespace isoshape {
namespace {

// They are never removed, so that they are there later too.
absl::Status CheckTablesThere(const PgAddress& address) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<PgConnection> connection,
                            PgConnection::Open(address));
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t version,
                            InspectPgSchema(*connection, address));
  if (version > 0) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(
      "there is no database of isoshape at ", address.shown, ", in the schema ",
      address.schema, "; name one that is there"));
}

absl::StatusOr<std::unique_ptr<PgStore>> Open(const std::string& address,
                                              const OpenStoreOptions& options) {
  ISOSHAPE_ASSIGN_OR_RETURN(PgAddress parsed, ParsePgAddress(address));
  if (options.must_exist) ISOSHAPE_RETURN_IF_ERROR(CheckTablesThere(parsed));
  return PgStore::Open({.address = std::move(parsed),
                        .standby = options.standby,
                        .tell = options.tell,
                        .on_lost = options.on_lost});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgres(
    const std::string& address, const OpenStoreOptions& options) {
  return Open(address, options);
}

absl::StatusOr<std::unique_ptr<StoreTables>> OpenPostgresTables(
    const std::string& address, const OpenStoreOptions& options) {
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<PgStore> store,
                            Open(address, options));
  return std::make_unique<PgTables>(std::move(store));
}

absl::StatusOr<PostgresState> InspectPostgres(const std::string& address) {
  ISOSHAPE_ASSIGN_OR_RETURN(const PgAddress parsed, ParsePgAddress(address));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<PgConnection> connection,
                            PgConnection::Open(parsed));
  PostgresState state;
  state.shown = parsed.shown;
  state.server = connection->Parameter("server_version");
  ISOSHAPE_ASSIGN_OR_RETURN(state.schema, InspectPgSchema(*connection, parsed));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PgRows replicas,
      connection->Ask(
          PgQuery("SELECT current_setting('synchronous_standby_names')")));
  if (replicas.count() == 1) {
    state.replicas = std::string(replicas.Bytes(0, 0));
  }
  if (state.schema == 0) return state;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PgRows led,
      connection->Ask(PgQuery("SELECT count(*) FROM leader WHERE expires > "
                              "clock_timestamp()")));
  state.led = led.Integer(0, 0) > 0;
  return state;
}

}  // namespace isoshape
