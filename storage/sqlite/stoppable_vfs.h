#ifndef ISOSHAPE_STORAGE_SQLITE_STOPPABLE_VFS_H_
#define ISOSHAPE_STORAGE_SQLITE_STOPPABLE_VFS_H_

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "storage/sqlite/named_vfs.h"

namespace isoshape {

// This process's VFS of SQLite, which also measures how long each sync takes.
// It can be told to begin no more writes and syncs after a slow one: a move of
// the log has two syncs, and so has a transaction that begins the log anew, and
// who stops is not to wait for the second. https://www.sqlite.org/vfs.html.
// Thread-safe; outlives the connections that are opened through it.
//
//   StoppableVfs disk(clock, absl::Seconds(1));
//   SqliteDatabase::Open(path, flags, timeout, disk.name());
class StoppableVfs {
 public:
  // `clock` outlives it.
  StoppableVfs(Clock* clock, absl::Duration slow);
  StoppableVfs(const StoppableVfs&) = delete;
  StoppableVfs& operator=(const StoppableVfs&) = delete;

  const char* name() const { return vfs_.name(); }

  // How long the disk was waited for, the last time.
  absl::Duration took() const { return absl::Nanoseconds(took_.load()); }
  bool is_slow() const { return took() > slow_; }
  // A sync of what was not opened through this, as one of what was: it is
  // measured, and while those fail it is not begun, which is UNAVAILABLE.
  absl::Status RunSync(absl::FunctionRef<absl::Status()> sync);
  // While this is set and the disk is slow, no write and no sync is begun: each
  // fails, and with it the transaction or the move that it is of.
  void SetStops(bool stops) { stops_ = stops; }
  // Whether that is so now.
  bool refuses() const { return stops_ && is_slow(); }

 private:
  // The methods of a file: those that it has, but for those that stop.
  struct Methods {
    sqlite3_io_methods methods;  // first: a file has its address
    const sqlite3_io_methods* of = nullptr;
    StoppableVfs* vfs = nullptr;
  };

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file,
                  int flags, int* out);
  static int Write(sqlite3_file* file, const void* from, int size,
                   sqlite3_int64 at);
  static int Sync(sqlite3_file* file, int flags);
  static const Methods& MethodsOf(const sqlite3_file* file);
  const sqlite3_io_methods* Stoppable(const sqlite3_io_methods* methods);
  void NoteSync(absl::Duration took) { took_ = absl::ToInt64Nanoseconds(took); }

  Clock* const clock_;
  const absl::Duration slow_;
  std::atomic<int64_t> took_ = 0;  // nanoseconds
  std::atomic<bool> stops_ = false;
  absl::Mutex mutex_;
  std::map<const sqlite3_io_methods*, std::unique_ptr<Methods>> methods_
      ABSL_GUARDED_BY(mutex_);
  NamedVfs vfs_;  // uses the others; SQLite writes into it
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_STOPPABLE_VFS_H_
