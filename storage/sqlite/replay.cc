#include "storage/sqlite/replay.h"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/database_fork.h"
#include "storage/sqlite/mutation_bytes.h"
#include "storage/sqlite/mutations.h"
#include "storage/sqlite/schema.h"

namespace isoshape {
namespace {

// Whether the database is one of which there can be a fork. Else it is used all
// the same.
absl::StatusOr<bool> HasFork(SqliteDatabase& database) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string journal,
                            database.QueryText("PRAGMA journal_mode"));
  std::error_code error;
  const std::uintmax_t log_bytes =
      std::filesystem::file_size(database.path() + "-wal", error);
  return journal == "wal" &&
         (error || log_bytes <= DatabaseFork::kMostLogBytes);
}

}  // namespace

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
    if (commit.number == last + 1) {
      last = commit.number;
      continue;
    }
    return absl::FailedPreconditionError(absl::StrCat(
        path,
        " holds commits that do not follow those of its database, which "
        "was replaced by another content, or the log was cut off; put that "
        "back which was there, or move ",
        path, " elsewhere to go on without them"));
  }
  return logged;
}

absl::Status ApplyCommit(SqliteDatabase& database, const std::string& path,
                         int64_t number,
                         const std::vector<Mutation>& mutations) {
  for (const Mutation& mutation : mutations) {
    ISOSHAPE_RETURN_IF_ERROR(ApplyChange(database, path, number, mutation));
  }
  return absl::OkStatus();
}

absl::Status ApplyChange(SqliteDatabase& database, const std::string& path,
                         int64_t number, const Mutation& mutation) {
  absl::Status applied = Apply(database, mutation);
  if (applied.ok() || absl::IsUnavailable(applied)) return applied;
  return absl::DataLossError(
      absl::StrCat("commit ", number, " of the log beside database ", path,
                   " does not fit its tables: ", applied.message()));
}

absl::Status ApplyLogged(SqliteDatabase& database,
                         const std::vector<LoggedCommit>& commits) {
  for (const LoggedCommit& commit : commits) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<Mutation> mutations,
                              DecodeMutations(commit.changes));
    ISOSHAPE_RETURN_IF_ERROR(
        ApplyCommit(database, database.path(), commit.number, mutations));
  }
  return absl::OkStatus();
}

// Why what the log at `path` holds cannot be taken, with the remedy.
absl::Status WithRemedy(const absl::Status& status, const std::string& path) {
  if (status.ok() || absl::IsUnavailable(status)) return status;
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(), "; restore a backup, or move ", path,
                   " elsewhere to go on without it"));
}

absl::Status CheckApplies(SqliteDatabase& database,
                          const std::vector<LoggedCommit>& commits,
                          const std::string& path) {
  if (commits.empty()) return absl::OkStatus();
  for (const LoggedCommit& commit : commits) {
    ISOSHAPE_RETURN_IF_ERROR(
        WithRemedy(DecodeMutations(commit.changes).status(), path));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t version,
                            database.QueryInteger("PRAGMA user_version"));
  // Then one transaction takes all of them or none.
  if (version == NewestSchemaVersion()) return absl::OkStatus();
  ISOSHAPE_ASSIGN_OR_RETURN(const bool has_fork, HasFork(database));
  if (!has_fork) return absl::OkStatus();
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<DatabaseFork> fork,
                            DatabaseFork::Of(&database));
  ISOSHAPE_RETURN_IF_ERROR(Migrate(fork->database()));
  return fork->database().InTransaction(
      [&] { return WithRemedy(ApplyLogged(fork->database(), commits), path); });
}

absl::Status ChangeCopy(
    const std::string& copy,
    absl::FunctionRef<absl::Status(SqliteDatabase&)> change) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::unique_ptr<SqliteDatabase> database,
      SqliteDatabase::Open(copy, SQLITE_OPEN_READWRITE, absl::ZeroDuration()));
  ISOSHAPE_RETURN_IF_ERROR(database->Execute("PRAGMA foreign_keys = ON"));
  ISOSHAPE_RETURN_IF_ERROR(
      database->InTransaction([&] { return change(*database); }));
  // Closing it would do that too, and say nothing if it cannot: what is then in
  // a log beside the copy goes with that.
  const int moved =
      sqlite3_wal_checkpoint_v2(database->handle(), nullptr,
                                SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  return moved == SQLITE_OK ? absl::OkStatus() : database->Error(moved);
}

absl::Status CompleteCopy(const std::string& copy,
                          std::vector<LoggedCommit> logged,
                          const std::string& path) {
  if (logged.empty()) return absl::OkStatus();
  return ChangeCopy(copy, [&](SqliteDatabase& database) -> absl::Status {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const std::vector<LoggedCommit> missing,
        MissingCommits(database, std::move(logged), path));
    if (missing.empty()) return absl::OkStatus();
    ISOSHAPE_RETURN_IF_ERROR(ApplyLogged(database, missing));
    return Apply(database,
                 PutCounter{kCommitLogCounter, missing.back().number});
  });
}

}  // namespace isoshape
