#ifndef ISOSHAPE_STORAGE_SQLITE_SQLITE_TABLES_H_
#define ISOSHAPE_STORAGE_SQLITE_SQLITE_TABLES_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/store_tables.h"

namespace isoshape {

// The tables of a SQLite file, which is held as a coordinator holds it.
class SqliteTables : public StoreTables {
 public:
  // Errors of SqliteStore::Open. `gather` and `slow_disk` are its own to set.
  static absl::StatusOr<std::unique_ptr<SqliteTables>> Open(
      SqliteStore::Options options);

  absl::Status InTransaction(absl::FunctionRef<absl::Status()> body) override;
  absl::Status Read(const StoredTable& table, VisitRow visit) override;
  absl::Status Write(const StoredTable& table,
                     absl::Span<const StoredRow> rows) override;
  // Moves SQLite's log into the database itself, however slow the disk is.
  absl::Status Close() override;

 private:
  SqliteTables(std::unique_ptr<SqliteStore> store,
               std::unique_ptr<SqliteDatabase> database)
      : store_(std::move(store)), database_(std::move(database)) {}

  const std::unique_ptr<SqliteStore> store_;  // outlives the connection
  const std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_SQLITE_TABLES_H_
