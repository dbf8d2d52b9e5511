#ifndef ISOSHAPE_STORAGE_SQLITE_DATABASE_FILE_H_
#define ISOSHAPE_STORAGE_SQLITE_DATABASE_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sqlite/sqlite_database.h"

namespace isoshape {

// What is asked of a file before a byte of it is written, so that a file that
// is refused stays as it was.

// One coordinator's exclusive right to a database, held until destruction: an
// advisory lock (flock) on PATH.lock. A file of its own, as SQLite keeps its
// locks on the database itself; the kernel frees it when the process dies, so
// nothing is stale after a SIGKILL.
class DatabaseLock {
 public:
  // FAILED_PRECONDITION if another holds it, in this process or elsewhere;
  // UNAVAILABLE if the lock file cannot be made.
  static absl::StatusOr<std::unique_ptr<DatabaseLock>> Take(
      const std::string& path);
  ~DatabaseLock();
  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

  // The database has been accepted: the lock file stays for the next time.
  // Before this, the destructor removes a lock file that Take made.
  void Keep() { made_ = false; }

 private:
  DatabaseLock(int file, std::string path, bool made)
      : file_(file), path_(std::move(path)), made_(made) {}

  const int file_;
  const std::string path_;
  bool made_;
};

// What lies at the path.
enum class FileState {
  kNew,     // nothing, or an empty file
  kClosed,  // a database that was closed in order: all is in the file itself
  kHot,     // a database whose process died: SQLite's log is to be replayed
};

// Reads the file's first bytes. FAILED_PRECONDITION if it is no file, of
// another program, or newer than this one; DATA_LOSS if it is no database or
// is lost but for its log; UNAVAILABLE if it cannot be read.
// https://www.sqlite.org/fileformat2.html, section 1.3.
absl::StatusOr<FileState> InspectFile(const std::string& path);

// Checks every page, index, reference and row. DATA_LOSS if one is damaged;
// FAILED_PRECONDITION if the schema is not ours to use. Reads only.
absl::Status CheckContents(SqliteDatabase& database);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_DATABASE_FILE_H_
