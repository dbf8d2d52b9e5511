#ifndef ISOSHAPE_STORAGE_SQLITE_MUTATIONS_H_
#define ISOSHAPE_STORAGE_SQLITE_MUTATIONS_H_

#include "absl/status/status.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/store.h"

namespace isoshape {

// Applies one change inside the transaction that is open. Codes as of
// Store::Commit.
absl::Status Apply(SqliteDatabase& database, const Mutation& mutation);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_MUTATIONS_H_
