#ifndef ISOSHAPE_STORAGE_SQLITE_DATABASE_FILE_H_
#define ISOSHAPE_STORAGE_SQLITE_DATABASE_FILE_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/content_watch.h"
#include "storage/sqlite/sqlite_database.h"

namespace isoshape {

// What is asked of a file before a byte of it is written, so that a file that
// is refused stays as it was.

// Is told, in a few words, what is waited for.
using TellWait = std::function<void(const std::string& why)>;

// One coordinator's exclusive right to a database, held until destruction. Two
// advisory locks (flock): on PATH.lock, which stands for the name, and on the
// database itself, which stands for the file, so that neither a lock file that
// somebody removed nor another name of the file lets a second coordinator in.
// SQLite's own locks on the database are of another kind (fcntl) and do not
// meet these; but they go when this process closes any descriptor of the file,
// so the lock must outlive SQLite's connections. The kernel frees both when the
// process dies, so nothing is stale after a SIGKILL.
class DatabaseLock {
 public:
  // FAILED_PRECONDITION if another holds one of them, in this process or
  // elsewhere, or if the file has several names (hard links): its log lies
  // beside one of them only, or is mounted alone. UNAVAILABLE if the lock file
  // cannot be made, or the folder cannot be read, without which nothing lasts
  // in it. Makes an empty database if there is none, and takes a restore back
  // that was killed before it replaced the database. Who only reads the
  // database (ReadLock) is waited for, a minute at most; CANCELLED if
  // Cancelled() becomes true meanwhile.
  static absl::StatusOr<std::unique_ptr<DatabaseLock>> Take(
      const std::string& path, const TellWait& tell = nullptr);
  ~DatabaseLock();
  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

  // The database has been accepted, and its log and index are there: notes
  // which files they are, and lets the files that Take made stay. Before this,
  // the destructor removes them if they are still empty. UNAVAILABLE if the
  // database at the path is not the one that is locked.
  absl::Status Keep();

  // UNAVAILABLE if the database, its log or its index is no longer the file at
  // its path: what is written to it then is found by nobody. Three calls of
  // stat. After Keep.
  absl::Status CheckInPlace() const;

  // Whether another file is at the database's path now. Before Keep, false.
  bool IsReplaced() const;

  // What the database is since Keep, and who has written into it; null before.
  ContentWatch* content() { return content_.get(); }
  // Whether a database was found that nobody has locked by this name before.
  bool name_is_new() const { return name_.made && !file_.made; }
  // Lets the lock file stay though the database was not kept: it is used now.
  void KeepName() { name_.made = false; }
  // The lock file, which holds a note too (clean_stop.h).
  int name_file() const { return name_.descriptor; }
  struct AsideLog {
    std::string path;
    absl::StatusOr<std::string> aside;  // its name from now on
  };
  // The logs of a database that was written or replaced by somebody else would
  // damage it at the next start: keeps those that hold something under other
  // names, or says why that cannot be. After all is closed.
  std::vector<AsideLog> SetLogsAside() const;

 private:
  // A file that is held open and locked.
  struct Held {
    int descriptor = -1;
    std::string path;
    bool made = false;
  };
  // What tells one file from another, whatever it is called.
  struct Identity {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
  };
  DatabaseLock() = default;
  absl::Status LockName(const std::string& path, const TellWait& tell);
  absl::Status LockFile(const std::string& path, const TellWait& tell);
  static absl::StatusOr<Identity> IdentityOf(const std::string& path);

  Held name_;
  Held file_;
  std::vector<Identity> files_;
  std::unique_ptr<ContentWatch> content_;
};

// Holds a database that nobody uses against a coordinator that starts, which
// then says that it is in use. Opens the file and closes it: for a process that
// has no connection to it which outlives this, as it would lose SQLite's locks.
class ReadLock {
 public:
  explicit ReadLock(const std::string& path);
  ~ReadLock();
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;

  // False if there is no file, or somebody uses it.
  bool held() const { return held_; }
  // Whether a coordinator has the database, here or in another process.
  bool refused() const { return refused_; }

 private:
  const int file_;
  bool held_ = false;
  bool refused_ = false;
};

// Whether a coordinator has the database: ReadLock::refused of this moment.
inline bool IsInUse(const std::string& path) {
  return ReadLock(path).refused();
}

// Whether there is a file with something in it, or one that cannot be looked
// at, in which something may be.
bool IsNotEmpty(const std::string& path);
// Its length; 0 if it cannot be looked at.
int64_t BytesOf(const std::string& path);

// What ends the names of the files from which SQLite, and we, complete the
// database that is at their path, whichever that is.
inline constexpr const char* kLogEnds[] = {"-wal", "-journal", kCommitLogEnd};

// Such a file beside the database with something in it; empty if there is none.
std::string LogBeside(const std::string& database);

// What lies at the path.
enum class FileState {
  kNew,     // nothing, or an empty file
  kClosed,  // a database that was closed in order: all is in the file itself
  kHot,     // a database whose process died: SQLite's log is to be replayed
};

// The remedy of what is to be restored and is no backup.
inline constexpr char kNameABackup[] =
    "; name a file that 'isoshape backup' has written";

// What a file is named as, by which errors say what can be done.
enum class FileRole { kDatabase, kBackup };

// Reads the file's first bytes. FAILED_PRECONDITION if it is no file, of
// another program, newer than this one, or if it is not there and, as a
// database, was lost (CheckNotLost); DATA_LOSS if it is no database or is lost
// but for its log; UNAVAILABLE if it cannot be read.
// https://www.sqlite.org/fileformat2.html, section 1.3.
absl::StatusOr<FileState> InspectFile(const std::string& path,
                                      FileRole role = FileRole::kDatabase);

// Checks every page, index, reference and row. DATA_LOSS (DamagedError) if one
// is damaged; FAILED_PRECONDITION if the schema is not ours to use. Reads only.
absl::Status CheckContents(SqliteDatabase& database,
                           FileRole role = FileRole::kDatabase);

// DATA_LOSS: a file of isoshape that was damaged, with how that shows, and the
// remedy.
absl::Status DamagedError(const std::string& path, absl::string_view how,
                          FileRole role = FileRole::kDatabase);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_DATABASE_FILE_H_
