#ifndef ISOSHAPE_STORAGE_SQLITE_MUTATIONS_H_
#define ISOSHAPE_STORAGE_SQLITE_MUTATIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/store.h"

namespace isoshape {

// 0 if the counter was never put.
absl::StatusOr<int64_t> ReadCounter(SqliteDatabase& database,
                                    absl::string_view name);

// Applies one change inside the transaction that is open. Codes as of
// Store::Commit.
absl::Status Apply(SqliteDatabase& database, const Mutation& mutation);
absl::Status ApplyAll(SqliteDatabase& database,
                      const std::vector<Mutation>& mutations);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_MUTATIONS_H_
