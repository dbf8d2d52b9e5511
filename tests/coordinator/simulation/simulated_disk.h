#ifndef ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_DISK_H_
#define ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_DISK_H_

#include <sqlite3.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/coordinator/simulation/simulated_names.h"

namespace isoshape {

// The disk below every SQLite connection of this process, while it lives: a VFS
// over the real one, whose files lie in a folder of the test. It knows which
// writes were synced, and in which folders what was made, renamed and removed
// was, and nothing is synced in truth. Of our own code it sees what changes
// names and what syncs (simulated_calls.cc), not what it writes past SQLite.
// The machine can be made to lose power, or the process to die, at any of
// these operations; every one after it fails. When all connections are closed,
// Recover() leaves in the folder what a disk would hold.
// https://www.sqlite.org/vfs.html.
//
// One at a time. Files may be used by several threads, whose operations happen
// one after another.
class SimulatedDisk {
 public:
  // `random` outlives it.
  explicit SimulatedDisk(std::mt19937_64* random);
  ~SimulatedDisk();
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  // What is left of the writes that were not synced.
  enum class Death {
    kProcess,  // all of them: the kernel has them
    kPower,    // of each, nothing, all, or the first sectors
  };
  // The `operations`-th operation from now, from 0, is not done any more.
  void DieIn(int operations, Death death);
  // The same, but that operation alone fails, with an error of input and
  // output or a full disk.
  void FailIn(int operations);
  // As long as this is set, no file whose name ends so can be written or
  // synced; "": none at all.
  void Refuse(std::optional<std::string> end) {
    absl::MutexLock lock(&mutex_);
    refused_ = std::move(end);
  }
  // As long as this is set, the next `syncs` syncs of files, or folders, whose
  // names end so fail, after `before` that do not: what was written stays
  // written, and is not on disk. After that it is not on disk either, as a
  // kernel tells of it once, unless it is written again.
  void FailSync(std::string end, int syncs, int before = 0);
  // The error of a sync of our own code that fails so.
  void SetSyncError(int error) {
    absl::MutexLock lock(&mutex_);
    sync_error_ = error;
  }
  // Whether files have hard links: as those of FAT do not.
  void SetLinks(bool has) {
    absl::MutexLock lock(&mutex_);
    has_links_ = has;
  }
  // From now on no sync of a file whose name ends so ends, until this is called
  // with nullopt.
  void HangSync(std::optional<std::string> end) {
    absl::MutexLock lock(&mutex_);
    hung_ = std::move(end);
  }
  // From now on called at each sync, of files and folders, during which the
  // disk cannot be used.
  void OnSync(std::function<void()> call) {
    absl::MutexLock lock(&mutex_);
    on_sync_ = std::move(call);
  }
  bool hangs() const {
    absl::MutexLock lock(&mutex_);
    return hanging_ > 0;
  }
  // Returns when one hangs.
  void AwaitHang() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* hanging) { return *hanging > 0; }, &hanging_));
  }
  // Takes back what was planned and has not happened.
  void PlanNothing();

  bool dead() const {
    absl::MutexLock lock(&mutex_);
    return dead_;
  }
  // Since the disk was made.
  int64_t operations() const {
    absl::MutexLock lock(&mutex_);
    return operations_;
  }
  int64_t failures() const {
    absl::MutexLock lock(&mutex_);
    return failures_;
  }
  int64_t bytes_written() const {
    absl::MutexLock lock(&mutex_);
    return bytes_written_;
  }

  // Everything is closed: the files become what is left, and work again. After
  // a death of the process the kernel has all of it, and what was not synced
  // goes on being so: a loss of power may take it later.
  void Recover();
  // As if the machine had died now, between two operations.
  void Die(Death death);

  // That which lives, or null.
  static SimulatedDisk* Now();
  // For the VFS and the calls, which hold this during an operation.
  absl::Mutex* mutex() ABSL_LOCK_RETURNED(mutex_) { return &mutex_; }
  int sync_error() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return sync_error_;
  }
  bool has_links() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return has_links_;
  }
  // The result code of an operation that may not be done.
  int Allow(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Before an operation on a file: what it holds, if it was not heard of.
  void Learn(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteMade(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteWrite(const std::string& path, int64_t offset, const void* bytes,
                 int size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteTruncate(const std::string& path, int64_t size)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns when syncs of the file do not hang.
  void AwaitSync(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether all that was written is on disk now.
  bool NoteSync(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // After them.
  SimulatedNames* names() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return &names_;
  }
  // Whether the names in it are on disk now.
  bool NoteFolderSync(const std::string& folder)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  using Change = SimulatedFile::Change;

  static void Apply(const Change& change, std::string* content);
  SimulatedFile& FileAt(const std::string& path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool SyncFails(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LosePower() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is left of a change after a loss of power.
  Change Remains(Change change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PlanNothingLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::mt19937_64* const random_ ABSL_PT_GUARDED_BY(mutex_);
  SimulatedNames names_ ABSL_GUARDED_BY(mutex_);
  bool dead_ ABSL_GUARDED_BY(mutex_) = false;
  Death death_ ABSL_GUARDED_BY(mutex_) = Death::kProcess;
  int64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t bytes_written_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t die_at_ ABSL_GUARDED_BY(mutex_) = -1;
  int64_t fail_at_ ABSL_GUARDED_BY(mutex_) = -1;
  std::optional<std::string> refused_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::string> hung_ ABSL_GUARDED_BY(mutex_);
  int hanging_ ABSL_GUARDED_BY(mutex_) = 0;
  std::function<void()> on_sync_ ABSL_GUARDED_BY(mutex_);
  std::string fail_sync_of_ ABSL_GUARDED_BY(mutex_);
  int fail_syncs_ ABSL_GUARDED_BY(mutex_) = 0;
  int syncs_before_ ABSL_GUARDED_BY(mutex_) = 0;
  int sync_error_ ABSL_GUARDED_BY(mutex_) = EIO;
  bool has_links_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_DISK_H_
