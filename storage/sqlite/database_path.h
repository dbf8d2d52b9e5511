#ifndef ISOSHAPE_STORAGE_SQLITE_DATABASE_PATH_H_
#define ISOSHAPE_STORAGE_SQLITE_DATABASE_PATH_H_

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// The absolute path of a database or a copy of one, which need not be there,
// without symbolic links: one path for one file; and none has a meaning of its
// own to SQLite (":memory:", "file:results.db"), which it has only as long as
// it is not absolute.
// INVALID_ARGUMENT, with the remedy, if it is empty, holds a control character
// (a line break), would have the name of a file beside a database, which
// SQLite would delete, or is too long for SQLite and the files beside it, of
// which the system says no more than "disk I/O error"; FAILED_PRECONDITION if
// it is a symbolic link to what is not there; UNAVAILABLE if it cannot be
// found. Errors call it `what`, and say that another is to be named `how`.
absl::StatusOr<std::filesystem::path> DatabasePath(
    const std::string& path, absl::string_view what = "database",
    absl::string_view how = " with --db");

// FAILED_PRECONDITION, with the remedy, if the file alone is mounted at that
// path: its logs, which have what was committed last, lie beside its other
// name.
absl::Status CheckNotMounted(const std::filesystem::path& database);

// FAILED_PRECONDITION, with the remedy, if a log lies in the folder of a
// database without its own: it may be this one's, which was given another name
// after its process had died. For one that has no log and was not used by its
// name before.
absl::Status CheckNotMoved(const std::filesystem::path& database);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_DATABASE_PATH_H_
