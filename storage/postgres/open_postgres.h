#ifndef ISOSHAPE_STORAGE_POSTGRES_OPEN_POSTGRES_H_
#define ISOSHAPE_STORAGE_POSTGRES_OPEN_POSTGRES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/open_options.h"
#include "storage/store.h"
#include "storage/store_tables.h"

namespace isoshape {

// The backend as the rest of storage/ sees it. Built without libpq, all of it
// is INVALID_ARGUMENT and says so (open_postgres_absent.cc).

// Errors of ParsePgAddress and PgStore::Open.
absl::StatusOr<std::unique_ptr<Store>> OpenPostgres(
    const std::string& address, const OpenStoreOptions& options);

// Its tables, for a copy. Takes the lead, as no coordinator may use them
// meanwhile.
absl::StatusOr<std::unique_ptr<StoreTables>> OpenPostgresTables(
    const std::string& address, const OpenStoreOptions& options);

// What a look at the database finds, which changes nothing.
struct PostgresState {
  std::string server;      // its version
  int64_t schema = 0;      // of our tables; 0: none yet
  bool led = false;        // a coordinator has the lead
  std::string replicas{};  // synchronous_standby_names
  std::string shown{};     // the address
};
absl::StatusOr<PostgresState> InspectPostgres(const std::string& address);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_OPEN_POSTGRES_H_
