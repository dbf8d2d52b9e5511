#include "storage/sqlite/stoppable_vfs.h"

#include <new>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

int64_t NextNumber() {
  static std::atomic<int64_t> number = 0;
  return ++number;
}

}  // namespace

StoppableVfs::StoppableVfs(Clock* clock, absl::Duration slow)
    : clock_(clock),
      slow_(slow),
      name_(absl::StrCat("isoshape-stoppable-", NextNumber())),
      real_(sqlite3_vfs_find(nullptr)),
      vfs_(*real_) {
  vfs_.pNext = nullptr;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = Open;
  sqlite3_vfs_register(&vfs_, /*makeDflt=*/0);
}

StoppableVfs::~StoppableVfs() { sqlite3_vfs_unregister(&vfs_); }

absl::Status StoppableVfs::RunSync(absl::FunctionRef<absl::Status()> sync) {
  if (Refuses()) {
    return absl::UnavailableError("the disk is slow, and this is stopping");
  }
  const absl::Duration begin = clock_->Elapsed();
  absl::Status synced = sync();
  NoteSync(clock_->Elapsed() - begin);
  return synced;
}

int StoppableVfs::Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file,
                       int flags, int* out) {
  auto* const self = static_cast<StoppableVfs*>(vfs->pAppData);
  int result = self->real_->xOpen(self->real_, name, file, flags, out);
  // A file is what the real one makes of it, as long as that, and finds its
  // methods here: so none of those that stay as they are needs one of ours.
  if (file->pMethods == nullptr) return result;
  try {
    file->pMethods = self->Stoppable(file->pMethods);
  } catch (const std::bad_alloc&) {
    // No exception may pass through SQLite, which is C.
    file->pMethods->xClose(file);
    file->pMethods = nullptr;
    result = SQLITE_IOERR_NOMEM;
  }
  return result;
}

const sqlite3_io_methods* StoppableVfs::Stoppable(
    const sqlite3_io_methods* methods) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<Methods>& made = methods_[methods];
  if (made == nullptr) {
    made = std::make_unique<Methods>(Methods{*methods, methods, this});
    made->methods.xWrite = Write;
    made->methods.xSync = Sync;
  }
  return &made->methods;
}

const StoppableVfs::Methods& StoppableVfs::MethodsOf(const sqlite3_file* file) {
  return *reinterpret_cast<const Methods*>(file->pMethods);
}

int StoppableVfs::Write(sqlite3_file* file, const void* from, int size,
                        sqlite3_int64 at) {
  const Methods& methods = MethodsOf(file);
  if (methods.vfs->Refuses()) return SQLITE_IOERR_WRITE;
  return methods.of->xWrite(file, from, size, at);
}

int StoppableVfs::Sync(sqlite3_file* file, int flags) {
  const Methods& methods = MethodsOf(file);
  StoppableVfs& vfs = *methods.vfs;
  if (vfs.Refuses()) return SQLITE_IOERR_FSYNC;
  const absl::Duration begin = vfs.clock_->Elapsed();
  const int result = methods.of->xSync(file, flags);
  vfs.NoteSync(vfs.clock_->Elapsed() - begin);
  return result;
}

}  // namespace isoshape
