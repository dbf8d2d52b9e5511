#ifndef ISOSHAPE_STORAGE_SQLITE_DATABASE_PATH_H_
#define ISOSHAPE_STORAGE_SQLITE_DATABASE_PATH_H_

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// The absolute path of a database or a copy of one, which need not be there,
// without symbolic links: one path for one file; and none has a meaning of its
// own to SQLite (":memory:", "file:results.db"), which it has only as long as
// it is not absolute.
// INVALID_ARGUMENT, with the remedy, if it is empty, holds a control character
// (a line break), or is too long for SQLite and the files beside it, of which
// the system says no more than "disk I/O error"; FAILED_PRECONDITION if it is a
// symbolic link to what is not there; UNAVAILABLE if it cannot be found.
// Errors call it `what`, and say that another is to be named `how`.
absl::StatusOr<std::filesystem::path> DatabasePath(
    const std::string& path, absl::string_view what = "database",
    absl::string_view how = " with --db");

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_DATABASE_PATH_H_
