#ifndef ISOSHAPE_STORAGE_SQLITE_REPLAY_H_
#define ISOSHAPE_STORAGE_SQLITE_REPLAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/store.h"

namespace isoshape {

// Those of the log at `path` that the tables do not have. FAILED_PRECONDITION
// if they do not follow what the tables have: the log is that of another
// content, or lacks some as it was cut off.
absl::StatusOr<std::vector<LoggedCommit>> MissingCommits(
    SqliteDatabase& database, std::vector<LoggedCommit> logged,
    const std::string& path);

// Applies a commit of the log of a database, or of a fork of it, inside the
// transaction that is open. DATA_LOSS if it does not fit the tables;
// UNAVAILABLE: the disk is full, or cannot be read, and the next try may end
// better.
absl::Status ApplyCommit(SqliteDatabase& database, const std::string& path,
                         int64_t number,
                         const std::vector<Mutation>& mutations);
// One change of it.
absl::Status ApplyChange(SqliteDatabase& database, const std::string& path,
                         int64_t number, const Mutation& mutation);

// The same of commits as the log has them; DATA_LOSS also if one of them cannot
// be read.
absl::Status ApplyLogged(SqliteDatabase& database,
                         const std::vector<LoggedCommit>& commits);

// Why what the log at `path` holds cannot be taken, with the remedy.
absl::Status WithRemedy(const absl::Status& status, const std::string& path);

// Whether the database, once it is migrated, takes those of the log at `path`,
// before anything is changed: that they can be read, and, if it is of an older
// schema, that they apply to a fork of it. That is not looked at if there can
// be no fork, as SQLite's log is longer than one takes or the database has
// none.
// Errors of ApplyLogged, with the remedy; of Migrate; UNAVAILABLE.
absl::Status CheckApplies(SqliteDatabase& database,
                          const std::vector<LoggedCommit>& commits,
                          const std::string& path);

// Changes a copy of a database that nobody else has open, in one transaction
// and in the file itself: there is no log beside it when this returns OK, and
// that it is on disk is left to the caller. Errors of `change`; UNAVAILABLE.
absl::Status ChangeCopy(
    const std::string& copy,
    absl::FunctionRef<absl::Status(SqliteDatabase&)> change);

// Brings those of the log at `path` to a copy of its database that this lacks,
// by ChangeCopy. Errors of both.
absl::Status CompleteCopy(const std::string& copy,
                          std::vector<LoggedCommit> logged,
                          const std::string& path);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_REPLAY_H_
