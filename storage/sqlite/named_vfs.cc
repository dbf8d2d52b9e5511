#include "storage/sqlite/named_vfs.h"

#include <atomic>
#include <cstdint>

#include "absl/base/const_init.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace isoshape {
namespace {

int64_t NextNumber() {
  static std::atomic<int64_t> number = 0;
  return ++number;
}

// SQLite links those that it knows by a member of each, also of the real one,
// whenever it learns or forgets one, and has its own lock for that alone.
ABSL_CONST_INIT absl::Mutex known_mutex(absl::kConstInit);

}  // namespace

NamedVfs::NamedVfs(absl::string_view kind,
                   absl::FunctionRef<void(sqlite3_vfs& vfs)> replace)
    : name_(absl::StrCat("isoshape-", kind, "-", NextNumber())),
      real_(sqlite3_vfs_find(nullptr)) {
  absl::MutexLock lock(&known_mutex);
  vfs_ = *real_;
  vfs_.pNext = nullptr;
  vfs_.zName = name_.c_str();
  replace(vfs_);
  sqlite3_vfs_register(&vfs_, /*makeDflt=*/0);
}

NamedVfs::~NamedVfs() {
  absl::MutexLock lock(&known_mutex);
  sqlite3_vfs_unregister(&vfs_);
}

}  // namespace isoshape
