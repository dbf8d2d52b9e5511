#ifndef ISOSHAPE_STORAGE_SQLITE_SCHEMA_H_
#define ISOSHAPE_STORAGE_SQLITE_SCHEMA_H_

#include <cstdint>

#include "absl/status/status.h"
#include "storage/sqlite/sqlite_database.h"

namespace isoshape {

// Marks a SQLite file as ours (PRAGMA application_id): "isos".
inline constexpr int64_t kApplicationId = 0x69736f73;

// The number of the newest migration (PRAGMA user_version).
int64_t NewestSchemaVersion();

// Brings the schema from the file's version to the newest, each migration in a
// transaction of its own.
absl::Status Migrate(SqliteDatabase& database);

// Compares every row with its checksum. DATA_LOSS if one does not agree.
absl::Status CheckRows(SqliteDatabase& database);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_SCHEMA_H_
