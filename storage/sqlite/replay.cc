#include "storage/sqlite/replay.h"

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/mutation_bytes.h"
#include "storage/sqlite/mutations.h"

namespace isoshape {

absl::StatusOr<std::vector<LoggedCommit>> MissingCommits(
    SqliteDatabase& database, std::vector<LoggedCommit> logged,
    const std::string& path) {
  if (logged.empty()) return logged;
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t version,
                            database.QueryInteger("PRAGMA user_version"));
  int64_t last = 0;
  if (version > 0) {
    ISOSHAPE_ASSIGN_OR_RETURN(last, ReadCounter(database, kCommitLogCounter));
  }
  std::erase_if(logged, [last](const LoggedCommit& commit) {
    return commit.number <= last;
  });
  for (const LoggedCommit& commit : logged) {
    if (commit.number == ++last) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        path,
        " holds commits that do not follow those of its database, which "
        "was replaced by another content; put that back which was there, or "
        "move ",
        path, " elsewhere to go on without them"));
  }
  return logged;
}

absl::Status ApplyLogged(SqliteDatabase& database,
                         const std::vector<LoggedCommit>& commits) {
  for (const LoggedCommit& commit : commits) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<Mutation> mutations,
                              DecodeMutations(commit.changes));
    const absl::Status applied = ApplyAll(database, mutations);
    if (applied.ok() || absl::IsUnavailable(applied)) continue;
    return absl::DataLossError(absl::StrCat(
        "commit ", commit.number, " of the log beside database ",
        database.path(), " does not fit its tables: ", applied.message()));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
