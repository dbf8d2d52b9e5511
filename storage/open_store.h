#ifndef ISOSHAPE_STORAGE_OPEN_STORE_H_
#define ISOSHAPE_STORAGE_OPEN_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/open_options.h"
#include "storage/store.h"
#include "storage/store_tables.h"

namespace isoshape {

// Opens the database that the address names: `sqlite:PATH`, or a PATH alone,
// which is a SQLite file too, or `postgres://…`. INVALID_ARGUMENT if it begins
// with the name of another kind of database, or if a file is to be opened as a
// standby; NOT_FOUND if it must exist and is not there or empty; errors of
// SqliteStore::Open and PgStore::Open.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(
    const std::string& address, const OpenStoreOptions& options = {});

// The tables of such a database, held against coordinators, for CopyTables.
// Errors as of OpenStore.
absl::StatusOr<std::unique_ptr<StoreTables>> OpenTables(
    const std::string& address, const OpenStoreOptions& options = {});

// Whether the address is of PostgreSQL, well formed or not.
bool IsPostgresAddress(const std::string& address);

// The file that such an address names. INVALID_ARGUMENT as above, and if it is
// one of PostgreSQL.
absl::StatusOr<std::string> SqlitePath(const std::string& address);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_OPEN_STORE_H_
