#ifndef ISOSHAPE_STORAGE_SQLITE_SET_ASIDE_H_
#define ISOSHAPE_STORAGE_SQLITE_SET_ASIDE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// How a restore replaces a database, so that a process that is killed between
// any two steps leaves either the old database, or the new one, or files that a
// coordinator refuses to begin an empty database beside. The old database gets
// a second name (a hard link), its logs (kLogEnds) are moved to go with that
// name, and the new database is renamed over the old name:
//
//   results.db  results.db-wal
//   results.db = results.db.replaced-20261129T073000.000Z  results.db-wal
//   results.db = results.db.replaced-…                     ….replaced-…-wal
//   results.db (new)  results.db.replaced-…                ….replaced-…-wal
//
// Until the last step it is taken back by the next that locks the database.

// Ends the name of a copy that is not whole yet, before six letters.
inline constexpr char kPartialEnd[] = ".partial-";
// Begins the end of the name of a database that was set aside.
inline constexpr char kReplacedEnd[] = ".replaced-";
// Ends the name of a log that belongs to another content of its database.
inline constexpr char kAside[] = ".set-aside";
// Of a database that is no longer what a coordinator used, whose logs have that
// name when it has stopped.
inline constexpr char kLogsAside[] =
    " (what it had not moved into the file is then beside it: the stop says "
    "how to have that)";

// Gives a file another name. ALREADY_EXISTS if that is taken, if not `replace`;
// UNAVAILABLE if the folder cannot be written.
absl::Status RenameFile(const std::string& from, const std::string& to,
                        bool replace);

// Brings to the disk what was made, renamed or removed in the folder that
// `path` is in: until then a loss of power may take it back, some of it and
// not the rest. SQLite does that for its files without asking whether it
// succeeds. UNAVAILABLE, with the remedy, if the folder cannot be read or
// written; OK if its file system has no such sync.
absl::Status SyncFolder(const std::string& path);

// UNAVAILABLE, with the remedy, if SyncFolder could not read the folder: before
// a file is made in it. What else is wrong with it, making one says.
absl::Status CheckFolderReadable(const std::string& path);

// Renames a file that is in the way, or belongs to another content of the
// database, to PATH.set-aside, or PATH.set-aside.2 and so on if there is one
// from before, which stays. Returns that name, which lasts; UNAVAILABLE if the
// folder cannot be written.
absl::StatusOr<std::string> SetFileAside(const std::string& path);

// Does all but the last step and returns the name that the database has beside
// its own. Of a database that is lost or empty but for its logs, the logs are
// moved, to go with such a name; empty if there are none. If the file system
// has no hard links, the database is renamed. For who has the database locked,
// and takes this back if a later step fails. UNAVAILABLE if the folder cannot
// be written, or not be synced; then what was done is taken back, as by
// AfterTakingBack.
absl::StatusOr<std::string> SetAside(const std::string& database);

// Whether the last step is missing: the database has its own name, and one
// under which it was set aside.
bool IsHalfSetAside(const std::string& database);

// Takes what SetAside did back, if the last step is missing. For who has the
// database locked. FAILED_PRECONDITION, with both names, if the database got
// another log since; UNAVAILABLE if the folder cannot be written.
absl::Status TakeBackSetAside(const std::string& database);

// The error of a step after SetAside, which returned `aside`, and is taken
// back: whether or not that can be brought to the disk, the database is at its
// own name again. If something is left at the other one, the error says so.
absl::Status AfterTakingBack(const absl::Status& failed,
                             const std::string& database,
                             const std::string& aside);

// Of a database that is not there or empty: FAILED_PRECONDITION if files beside
// it, which may be its log alone, say that it was lost in a restore, or cut off
// while it was in use, with the remedy.
absl::Status CheckNotLost(const std::string& database);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_SET_ASIDE_H_
