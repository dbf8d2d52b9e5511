#include "storage/sqlite/named_vfs.h"

#include <atomic>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

int64_t NextNumber() {
  static std::atomic<int64_t> number = 0;
  return ++number;
}

}  // namespace

NamedVfs::NamedVfs(absl::string_view kind,
                   absl::FunctionRef<void(sqlite3_vfs& vfs)> replace)
    : name_(absl::StrCat("isoshape-", kind, "-", NextNumber())),
      real_(sqlite3_vfs_find(nullptr)),
      vfs_(*real_) {
  vfs_.pNext = nullptr;
  vfs_.zName = name_.c_str();
  replace(vfs_);
  sqlite3_vfs_register(&vfs_, /*makeDflt=*/0);
}

NamedVfs::~NamedVfs() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace isoshape
