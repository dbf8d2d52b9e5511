#ifndef ISOSHAPE_STORAGE_SQLITE_DATABASE_FORK_H_
#define ISOSHAPE_STORAGE_SQLITE_DATABASE_FORK_H_

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/sqlite/sqlite_database.h"

namespace isoshape {

// A database as of one commit, which can be changed, and whose changes stay in
// memory: for reads of what the tables cannot be brought now, as another
// program has them locked or the disk is full. It needs no lock and writes
// nothing.
//
// It reads the pages of the database through a connection whose read
// transaction keeps them as they are, and has SQLite's log, as it was at the
// beginning, in memory; what is changed goes to that. Not thread-safe.
//
//   auto fork = DatabaseFork::Of(&connection);
//   status = Apply((*fork)->database(), mutation);
class DatabaseFork {
 public:
  // What is kept in memory of a log has to end somewhere.
  static constexpr size_t kMostLogBytes = size_t{512} << 20;

  // `source`, which no one else uses meanwhile, and whose log is written ahead,
  // outlives it. UNAVAILABLE if it cannot be read, or its log is longer than
  // kMostLogBytes.
  static absl::StatusOr<std::unique_ptr<DatabaseFork>> Of(
      SqliteDatabase* source);
  ~DatabaseFork();
  DatabaseFork(const DatabaseFork&) = delete;
  DatabaseFork& operator=(const DatabaseFork&) = delete;

  SqliteDatabase& database() { return *database_; }
  // In memory, of what was changed in it.
  size_t changed_bytes() const { return log_.size() - source_bytes_; }

 private:
  struct File;  // as SQLite opens it
  struct Vfs;   // through which it does
  friend struct File;
  friend struct Vfs;

  explicit DatabaseFork(SqliteDatabase* source);
  absl::Status Begin();
  // Where the source's log ends for those who read it, and which it is. What
  // lies behind that in the file was not committed, even if it looks so: its
  // sync failed.
  struct Index {
    size_t log_bytes = 0;
    std::array<char, 8> salt = {};
  };
  absl::StatusOr<Index> ReadIndex() const;
  // UNAVAILABLE if it changes meanwhile.
  absl::Status ReadLog();
  absl::Status Open();

  SqliteDatabase* const source_;
  sqlite3_file* pages_ = nullptr;  // the source's
  std::string log_;
  size_t source_bytes_ = 0;  // of it, as it was
  std::unique_ptr<Vfs> vfs_;
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_DATABASE_FORK_H_
