#include "storage/sqlite/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/files/retried.h"
#include "common/status/status_macros.h"
#include "common/threads/cancellation.h"
#include "common/threads/clock.h"
#include "storage/forgotten_numbers.h"
#include "storage/sqlite/cancelled.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/database_header.h"
#include "storage/sqlite/database_path.h"
#include "storage/sqlite/mutations.h"
#include "storage/sqlite/partial_file.h"
#include "storage/sqlite/replay.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/set_aside.h"
#include "storage/sqlite/sqlite_database.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

// How long a copy waits for another program's lock.
constexpr absl::Duration kBusyTimeout = absl::Seconds(5);
constexpr absl::Duration kLookInterval = absl::Milliseconds(50);

// What is copied, which errors are about.
struct Source {
  fs::path path;
  FileRole role = FileRole::kDatabase;
};

// Checks all of a copy that nobody has open, and says what it holds.
absl::StatusOr<BackupContents> CheckCopy(const fs::path& path,
                                         const Source& source) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteDatabase> database,
                            SqliteDatabase::OpenImmutable(path, source.path));
  constexpr int kSteps = 100'000;  // of SQLite's machine: some milliseconds
  sqlite3_progress_handler(
      database->handle(), kSteps, [](void*) { return Cancelled() ? 1 : 0; },
      nullptr);
  const absl::Status sound = CheckContents(*database, source.role);
  ISOSHAPE_RETURN_IF_ERROR(CheckNotCancelled());
  ISOSHAPE_RETURN_IF_ERROR(sound);
  BackupContents contents;
  ISOSHAPE_ASSIGN_OR_RETURN(
      contents.campaigns,
      database->QueryInteger("SELECT count(*) FROM campaigns"));
  ISOSHAPE_ASSIGN_OR_RETURN(
      contents.trials, database->QueryInteger("SELECT count(*) FROM trials"));
  contents.bytes = BytesOf(path);
  return contents;
}

// Pages that are copied between two looks at whether to go on: 40 MB.
constexpr int kPagesAtATime = 10'000;

// Copies all pages of the database, as of one commit, into an empty file. It is
// not opened as one to be made: in a folder such as /tmp the kernel refuses
// that of a file that is another user's already.
absl::Status CopyPages(SqliteDatabase& database, FileRole role,
                       const fs::path& copy) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::unique_ptr<SqliteDatabase> target,
      SqliteDatabase::Open(copy, SQLITE_OPEN_READWRITE, kBusyTimeout));
  // It keeps the steps at one commit.
  if (absl::Status begun = database.BeginRead(); !begun.ok()) {
    if (!absl::IsDataLoss(begun)) return begun;
    return DamagedError(database.path(), begun.message(), role);
  }
  // The next try begins another.
  const absl::Cleanup end = [&database] { database.RollBack(); };
  sqlite3_backup* const backup =
      sqlite3_backup_init(target->handle(), "main", database.handle(), "main");
  if (backup == nullptr) {
    return target->Error(sqlite3_errcode(target->handle()));
  }
  int stepped = SQLITE_OK;
  while (stepped == SQLITE_OK && !Cancelled()) {
    stepped = sqlite3_backup_step(backup, kPagesAtATime);
  }
  const int finished = sqlite3_backup_finish(backup);
  ISOSHAPE_RETURN_IF_ERROR(CheckNotCancelled());
  if (stepped == SQLITE_DONE && finished == SQLITE_OK) return absl::OkStatus();
  const int result = stepped == SQLITE_DONE ? finished : stepped;
  const absl::StatusCode code = target->Error(result).code();
  if (code == absl::StatusCode::kDataLoss) {
    ISOSHAPE_RETURN_IF_ERROR(database.DiskError());
    return DamagedError(database.path(), sqlite3_errstr(result), role);
  }
  return absl::Status(
      code, absl::StrCat("cannot copy ", database.path(), " to ", copy.string(),
                         ": ", sqlite3_errstr(result)));
}

// Whether a file is a database of isoshape, of whatever version, or empty.
absl::StatusOr<bool> IsOfIsoshape(const fs::path& path) {
  const int file =
      Retried([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  DatabaseHeader header;
  const bool read = file >= 0 && header.Read(file);
  const int error = errno;
  if (file >= 0) close(file);
  if (!read) {
    return absl::UnavailableError(
        absl::StrCat("cannot read ", path.string(), ": ", strerror(error),
                     "; name another file for the copy"));
  }
  return header.empty() ||
         (header.is_database() && header.application_id() == kApplicationId);
}

// Whether a copy may be put at `path`, which may be a backup of before.
absl::Status CheckTarget(const fs::path& path, bool replace) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type != fs::file_type::regular && type != fs::file_type::not_found) {
    return absl::FailedPreconditionError(
        absl::StrCat(path.string(), " is no file; name one for the copy"));
  }
  // A coordinator begins no new database beside such files.
  for (const char* part : {kPartialEnd, kReplacedEnd}) {
    if (!absl::StrContains(path.filename().string(), part)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        path.string(), " would be taken for what a restore leaves behind (",
        part, "); give the copy another name"));
  }
  if (fs::exists(path, error) && !replace) {
    return absl::AlreadyExistsError(
        absl::StrCat("there is a file ", path.string(),
                     "; give another name, or --force to replace it"));
  }
  if (IsInUse(path)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path.string(),
                     " is a database that a coordinator uses; name another "
                     "file for the copy"));
  }
  if (type == fs::file_type::regular) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool ours, IsOfIsoshape(path));
    if (!ours) {
      return absl::FailedPreconditionError(
          absl::StrCat(path.string(),
                       " is no backup that --force may replace; remove it, or "
                       "name another file for the copy"));
    }
  }
  // It would be replayed over the copy.
  if (const std::string log = LogBeside(path); !log.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        log,
        " is the log of another database; name another file for the copy"));
  }
  return absl::OkStatus();
}

// Copies a database, of which no connection is left open. Its log is neither
// folded into it nor removed, whoever has it: what lies at the path may be
// another database when the copy is done.
absl::Status CopyDatabase(const Source& what, const fs::path& copy) {
  const fs::path& from = what.path;
  const ReadLock lock(from);
  if (IsHalfSetAside(from)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "a restore of ", from.string(),
        " is under way or was killed; repeat it, or start the coordinator, "
        "which takes it back"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const FileState state, InspectFile(from));
  if (state == FileState::kNew) {
    return absl::NotFoundError(absl::StrCat(
        "there is no database ", from.string(), "; name it with --db"));
  }
  // Of one that a coordinator serves SQLite's log is beside the name by which
  // it was opened, and may alone have what was committed.
  std::error_code error;
  const absl::Duration end = Clock::Real()->Elapsed() + kBusyTimeout;
  while (lock.refused() && !Cancelled() && Clock::Real()->Elapsed() < end &&
         !fs::exists(from.string() + "-wal", error)) {
    Clock::Real()->Sleep(kLookInterval);
  }
  if (lock.refused() && !fs::exists(from.string() + "-wal", error)) {
    return absl::FailedPreconditionError(absl::StrCat(
        from.string(),
        " is in use, and its log is not beside it: name it as its coordinator "
        "does, or try again if that is starting or stopping"));
  }
  if (lock.held() && state == FileState::kClosed) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteDatabase> source,
                              SqliteDatabase::OpenImmutable(from));
    return CopyPages(*source, what.role, copy);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::unique_ptr<SqliteDatabase> source,
      SqliteDatabase::Open(from, SQLITE_OPEN_READWRITE, kBusyTimeout));
  sqlite3_db_config(source->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                    nullptr);
  const std::string log = from.string() + kCommitLogEnd;
  constexpr int kTries = 3;  // the log may be written over while it is read
  for (int i = 1;; ++i) {
    // Before the pages: what is not in these then is in the log, from the first
    // that is missing on.
    ISOSHAPE_ASSIGN_OR_RETURN(std::vector<LoggedCommit> logged,
                              CommitLog::Read(log));
    ISOSHAPE_RETURN_IF_ERROR(CopyPages(*source, what.role, copy));
    absl::Status applied = CompleteCopy(copy, std::move(logged), log);
    if (!absl::IsFailedPrecondition(applied) || !lock.refused() ||
        i == kTries) {
      return applied;
    }
  }
}

// What is put back must not give the numbers of events again that were given
// since the backup.
absl::Status LetEventsJump(const fs::path& copy) {
  return ChangeCopy(copy, [](SqliteDatabase& database) -> absl::Status {
    const auto read = [&](absl::string_view name) {
      return ReadCounter(database, name);
    };
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<Mutation> jump,
                              JumpOfEvents(read, DrawJump()));
    return ApplyAll(database, jump);
  });
}

// Puts a copy in the place of what lies at `to`, which is locked, and returns
// the name that this has now, empty if it was nothing. If that fails it is
// where it was, unless all that failed was to bring the last step to the disk:
// then the copy is in its place, and the error has the name that it has now.
absl::StatusOr<std::string> PutInPlace(const PartialFile& copy,
                                       const fs::path& to) {
  ISOSHAPE_ASSIGN_OR_RETURN(std::string aside, SetAside(to));
  const absl::Status kept = copy.Keep(/*replace=*/true);
  if (!kept.ok()) return AfterTakingBack(kept, to, aside);
  return aside;
}

}  // namespace

absl::StatusOr<BackupContents> BackUpDatabase(const std::string& database,
                                              const std::string& copy,
                                              bool replace) {
  ISOSHAPE_ASSIGN_OR_RETURN(const fs::path from, DatabasePath(database));
  ISOSHAPE_ASSIGN_OR_RETURN(const fs::path to, DatabasePath(copy, "copy", ""));
  if (from == to) {
    return absl::InvalidArgumentError(
        absl::StrCat("the backup would replace the database ", from.string(),
                     " itself; give it another name"));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckNotMounted(from));
  ISOSHAPE_RETURN_IF_ERROR(CheckTarget(to, replace));
  RemoveAbandoned(to);
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<PartialFile> partial,
                            PartialFile::Make(to));
  // No service has to write it: one that is another's is replaced all the same.
  partial->TakeOwner().IgnoreError();
  partial->TakeMode(from);
  const Source source = {from, FileRole::kDatabase};
  ISOSHAPE_RETURN_IF_ERROR(CopyDatabase(source, partial->path()));
  ISOSHAPE_ASSIGN_OR_RETURN(BackupContents contents,
                            CheckCopy(partial->path(), source));
  ISOSHAPE_RETURN_IF_ERROR(partial->Sync());
  // As much as may have happened since the first look.
  ISOSHAPE_RETURN_IF_ERROR(CheckTarget(to, replace));
  ISOSHAPE_RETURN_IF_ERROR(partial->Keep(replace));
  return contents;
}

absl::StatusOr<BackupContents> RestoreDatabase(const std::string& backup,
                                               const std::string& database,
                                               bool replace,
                                               const TellWait& tell) {
  ISOSHAPE_ASSIGN_OR_RETURN(const fs::path from,
                            DatabasePath(backup, "backup", ""));
  ISOSHAPE_ASSIGN_OR_RETURN(const fs::path to, DatabasePath(database));
  if (from == to) {
    return absl::InvalidArgumentError(
        absl::StrCat(from.string(),
                     " is both the backup and the database; name the database "
                     "to restore with --db"));
  }
  // The copy takes long.
  ISOSHAPE_RETURN_IF_ERROR(CheckFolderReadable(to));
  ISOSHAPE_RETURN_IF_ERROR(CheckNotMounted(to));
  std::error_code error;
  const bool exists = fs::exists(to, error);
  const std::string log = LogBeside(to);
  if ((exists || !log.empty()) && !replace) {
    return absl::AlreadyExistsError(absl::StrCat(
        "there is ", exists ? "a file " : "the log of a lost database, ",
        exists ? to.string() : log,
        "; give --force to set it aside, or another name with --db"));
  }
  if (exists && !fs::is_regular_file(to, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat(to.string(), " is no file; name one for the database"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const auto state,
                            InspectFile(from, FileRole::kBackup));
  if (state == FileState::kNew) {
    return absl::NotFoundError(
        fs::exists(from, error)
            ? absl::StrCat("backup ", from.string(), " is empty", kNameABackup)
            : absl::StrCat("there is no backup ", from.string(), kNameABackup));
  }
  if (state == FileState::kHot || IsInUse(from)) {
    return absl::FailedPreconditionError(absl::StrCat(
        from.string(),
        " is a database in use, or has a log beside it; make a backup of it by "
        "'isoshape backup --db ",
        from.string(), " COPY' and restore that"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<PartialFile> partial,
                            PartialFile::Make(to));
  // Whose service could not open the new one, is not to find that at a start.
  ISOSHAPE_RETURN_IF_ERROR(partial->TakeOwner());
  partial->TakeMode(from);
  const Source source = {from, FileRole::kBackup};
  ISOSHAPE_RETURN_IF_ERROR(CopyDatabase(source, partial->path()));
  ISOSHAPE_ASSIGN_OR_RETURN(BackupContents contents,
                            CheckCopy(partial->path(), source));
  ISOSHAPE_RETURN_IF_ERROR(LetEventsJump(partial->path()));
  ISOSHAPE_RETURN_IF_ERROR(partial->Sync());
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<DatabaseLock> lock,
                            DatabaseLock::Take(to, tell));
  // Of a database that was not there, the name is locked: then the lock made an
  // empty one, or, beside a log, none.
  if (exists) ISOSHAPE_RETURN_IF_ERROR(lock->Keep());
  if (!exists && (IsNotEmpty(to) || (log.empty() && !LogBeside(to).empty()))) {
    return absl::AlreadyExistsError(absl::StrCat(
        "a database was made at ", to.string(),
        " meanwhile; give --force to set it aside, or another name with --db"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(contents.set_aside, PutInPlace(*partial, to));
  lock->KeepName();
  // Until then they say that a database was here (CheckNotLost).
  RemoveAbandoned(to);
  return contents;
}

}  // namespace isoshape
