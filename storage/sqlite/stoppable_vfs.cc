#include "storage/sqlite/stoppable_vfs.h"

#include <new>

namespace isoshape {

StoppableVfs::StoppableVfs(Clock* clock, absl::Duration slow)
    : clock_(clock), slow_(slow), vfs_("stoppable", [this](sqlite3_vfs& vfs) {
        vfs.pAppData = this;
        vfs.xOpen = Open;
      }) {}

absl::Status StoppableVfs::RunSync(absl::FunctionRef<absl::Status()> sync) {
  if (refuses()) {
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
  sqlite3_vfs* const real = self->vfs_.real();
  int result = real->xOpen(real, name, file, flags, out);
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
  if (methods.vfs->refuses()) return SQLITE_IOERR_WRITE;
  return methods.of->xWrite(file, from, size, at);
}

int StoppableVfs::Sync(sqlite3_file* file, int flags) {
  const Methods& methods = MethodsOf(file);
  StoppableVfs& vfs = *methods.vfs;
  if (vfs.refuses()) return SQLITE_IOERR_FSYNC;
  const absl::Duration begin = vfs.clock_->Elapsed();
  const int result = methods.of->xSync(file, flags);
  vfs.NoteSync(vfs.clock_->Elapsed() - begin);
  return result;
}

}  // namespace isoshape
