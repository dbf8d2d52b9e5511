#ifndef ISOSHAPE_STORAGE_SQLITE_NAMED_VFS_H_
#define ISOSHAPE_STORAGE_SQLITE_NAMED_VFS_H_

#include <sqlite3.h>

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// A VFS of SQLite under a name that no other of this process has, as long as it
// lives: the default one of the process, but for what its owner replaces. It
// outlives the connections that are opened through it.
// https://www.sqlite.org/vfs.html. Thread-safe, as long as nobody else changes
// which VFSs SQLite knows.
//
//   NamedVfs vfs("slow", [](sqlite3_vfs& vfs) { vfs.xOpen = OpenSlowly; });
//   SqliteDatabase::Open(path, flags, timeout, vfs.name());
class NamedVfs {
 public:
  // `replace` is given the copy before SQLite knows it, and makes no other. If
  // there is no memory to make it known, each open by its name fails.
  NamedVfs(absl::string_view kind,
           absl::FunctionRef<void(sqlite3_vfs& vfs)> replace);
  ~NamedVfs();
  NamedVfs(const NamedVfs&) = delete;
  NamedVfs& operator=(const NamedVfs&) = delete;

  const char* name() const { return name_.c_str(); }
  // That of the process, to which what is replaced can hand on its calls.
  sqlite3_vfs* real() const { return real_; }

 private:
  const std::string name_;
  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_ = {};
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_NAMED_VFS_H_
