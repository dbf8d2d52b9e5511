#ifndef ISOSHAPE_STORAGE_SQLITE_COMMIT_LOG_H_
#define ISOSHAPE_STORAGE_SQLITE_COMMIT_LOG_H_

#include <sqlite3.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// What ends the name of a database's log of commits.
inline constexpr char kCommitLogEnd[] = "-commits";

// The counter of the last commit that is in the tables.
inline constexpr char kCommitLogCounter[] = "commit_log";

// Bytes at the beginning of a commit in the log, which Append fills.
inline constexpr size_t kCommitHead = 32;

// A commit as the log holds it.
struct LoggedCommit {
  int64_t number = 0;   // each has the next
  std::string changes;  // of EncodeMutations
};

// A file beside the database to which each commit is written, and synced,
// before the tables have it: what changed, in one piece, where SQLite's log
// would take every page that a change touches. The file has its full length
// from the beginning, as a sync of one that grows takes many times that of one
// that does not, and two halves: while what one half holds is brought to the
// tables and synced there, the other is written.
//
// A commit begins at a sector, with its number and a CRC-32, so that no sector
// that was synced gets other bytes: of the page around it, which the kernel
// writes as a whole, a disk that loses power leaves each sector old or new.
// Reading a half ends at the first that is not whole or does not have the next
// number: what lies behind it is older. Through SQLite's VFS, as the database
// itself. Not thread-safe, but that Sync may run beside all else.
//
// Whoever writes it has made it: what another, or an earlier one, has left at
// the path is never written on. So all numbers that the file holds were given
// by one process, each once and each larger than those before, and none of them
// is taken for another's.
//
//   auto log = CommitLog::Make("results.db-commits", 8 << 20);
//   status = log->Append(17, std::string(kCommitHead, '\0') + changes);
//   if (status.ok()) status = log->Sync();
class CommitLog {
 public:
  // No log is longer: what is was put there, and is not read into memory.
  static constexpr int64_t kMostBytes = int64_t{64} << 20;

  // What the file holds, in the order of the numbers; nothing if there is none.
  // UNAVAILABLE if it cannot be read, FAILED_PRECONDITION if it is longer than
  // kMostBytes.
  static absl::StatusOr<std::vector<LoggedCommit>> Read(
      const std::string& path);
  // Whether what lies there is not one, as a half begins neither with a commit
  // nor with zeros, as none that was made does. One that was cut short is
  // foreign too, as its second half begins elsewhere. UNAVAILABLE if it cannot
  // be read.
  static absl::StatusOr<bool> IsForeign(const std::string& path);
  // UNAVAILABLE if it cannot be removed. OK if there is none.
  static absl::Status Remove(const std::string& path);

  // Calls its argument, which syncs something, or refuses to.
  using SyncRunner =
      absl::FunctionRef<absl::Status(absl::FunctionRef<absl::Status()> sync)>;
  // Removes what is at the path and makes a file of so many bytes, on disk,
  // which holds nothing. UNAVAILABLE if there is no room for it, or `run`
  // refuses; then there is none, or, if that could not be removed, what
  // was there before.
  static absl::StatusOr<std::unique_ptr<CommitLog>> Make(
      const std::string& path, int64_t bytes,
      SyncRunner run = [](absl::FunctionRef<absl::Status()> sync) {
        return sync();
      });
  ~CommitLog();
  CommitLog(const CommitLog&) = delete;
  CommitLog& operator=(const CommitLog&) = delete;

  // Whether the file is the one at its path, and as long as it was made: what
  // is written to another is found by nobody, and what was cut off is lost. A
  // call of stat.
  bool InPlace() const;
  // Whether there is room for a commit of so many bytes, with those of its
  // head.
  bool Fits(size_t bytes) const;
  // The same, or the other half is free, in which there is for most.
  bool HasRoom(size_t bytes) const;
  // Writes it behind the others. UNAVAILABLE: it may be found all the same.
  absl::Status Append(int64_t number, std::string commit);
  // Makes durable what was appended before. UNAVAILABLE: it may be found all
  // the same, and that another call succeeds, later or beside this, does not
  // mean that it will be: the kernel tells of a write that failed once.
  absl::Status Sync();

  // Whether the half that is written holds nothing.
  bool empty() const { return end_ == 0; }
  bool half_full() const { return end_ > half_ / 2; }
  // Goes on in the other half. False if what that holds is still needed.
  bool Turn();
  // The half that was left is not needed any more.
  void FreeOther() { other_is_free_ = true; }
  // Nothing that the file holds is needed.
  void Clear() {
    end_ = 0;
    other_is_free_ = true;
  }

 private:
  class File;

  CommitLog(std::string path, std::unique_ptr<File> file, int64_t half);

  const std::string path_;
  const std::unique_ptr<File> file_;
  dev_t device_ = 0;
  ino_t inode_ = 0;     // 0: it could not be looked at
  const int64_t half_;  // bytes
  int64_t begin_ = 0;   // of the half that is written
  int64_t end_ = 0;     // of what it holds, from its beginning
  bool other_is_free_ = true;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_COMMIT_LOG_H_
