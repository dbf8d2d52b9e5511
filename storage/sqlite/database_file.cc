#include "storage/sqlite/database_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/files/replace_file.h"
#include "common/files/retried.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/threads/cancellation.h"
#include "common/threads/clock.h"
#include "storage/sqlite/cancelled.h"
#include "storage/sqlite/database_header.h"
#include "storage/sqlite/database_path.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/set_aside.h"

namespace isoshape {
namespace {

// O_NONBLOCK, so that a pipe's writer is not waited for.
constexpr int kRead = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

int OpenFile(const std::string& path, int flags) {
  return Retried([&] { return open(path.c_str(), flags, 0644); });
}

// What root makes for a service is that service's user's. If it may not be, the
// start of that says so.
void Give(int file, const std::optional<Owner>& owner) {
  if (owner.has_value()) GiveTo(file, *owner);
}

// What can be done about a file, by what is wrong with it.
struct Remedies {
  absl::string_view no_file;
  absl::string_view unreadable;  // it cannot be opened
  absl::string_view damaged;     // or cannot be read, or is no database
  absl::string_view foreign;
  absl::string_view newer;
};

constexpr Remedies kOfDatabase = {
    .no_file = "; name a file with --db",
    .unreadable = "; name a readable file with --db",
    .damaged = "; restore a backup, or choose another file with --db",
    .foreign = "; choose another file with --db",
    .newer =
        "; use the isoshape that wrote it, or choose another file with "
        "--db"};
constexpr Remedies kOfBackup = {
    .no_file = kNameABackup,
    .unreadable = "; make it readable, or name another backup",
    .damaged = kNameABackup,
    .foreign = kNameABackup,
    .newer = "; use the isoshape that wrote it, or name an older backup"};

absl::Status NewerError(const std::string& path, int64_t version,
                        absl::string_view remedy) {
  return absl::FailedPreconditionError(absl::StrCat(
      "database ", path, " has schema version ", version,
      ", newer than this program's ", NewestSchemaVersion(), remedy));
}

absl::Status ForeignError(const std::string& path, absl::string_view remedy) {
  return absl::FailedPreconditionError(
      absl::StrCat("database ", path, " belongs to another program", remedy));
}

const Remedies& RemediesOf(FileRole role) {
  return role == FileRole::kBackup ? kOfBackup : kOfDatabase;
}

// How long a lock waits for a backup that reads the database.
constexpr absl::Duration kReaderPatience = absl::Minutes(1);
constexpr absl::Duration kReaderInterval = absl::Milliseconds(50);

absl::Status Lock(int file, const std::string& path, const TellWait& tell) {
  // Who holds it shared only reads, and ends.
  const absl::Duration end = Clock::Real()->Elapsed() + kReaderPatience;
  bool told = tell == nullptr;
  while (!Cancelled() && flock(file, LOCK_EX | LOCK_NB) != 0 &&
         errno == EWOULDBLOCK && flock(file, LOCK_SH | LOCK_NB) == 0 &&
         Clock::Real()->Elapsed() < end) {
    flock(file, LOCK_UN);  // so that two that wait see no reader in each other
    if (!std::exchange(told, true)) {
      tell(absl::StrCat("database ", Printable(path),
                        " is read by a backup; waiting for it, ",
                        absl::FormatDuration(kReaderPatience), " at most"));
    }
    Clock::Real()->Sleep(kReaderInterval);
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckNotCancelled());
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno == EWOULDBLOCK) {
    return absl::FailedPreconditionError(absl::StrCat(
        "database ", path,
        " is in use by another isoshape-coordinator, a backup or a restore; "
        "stop that one, wait for it, or choose another file"));
  }
  return absl::UnavailableError(
      absl::StrCat("cannot lock database ", path, ": ", strerror(errno),
                   "; name a file on a local disk with --db"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DatabaseLock>> DatabaseLock::Take(
    const std::string& path, const TellWait& tell) {
  // Names in a folder that cannot be read do not last, and are not found.
  ISOSHAPE_RETURN_IF_ERROR(CheckFolderReadable(path));
  ISOSHAPE_RETURN_IF_ERROR(CheckNotMounted(path));
  std::unique_ptr<DatabaseLock> lock(new DatabaseLock());
  ISOSHAPE_RETURN_IF_ERROR(lock->LockName(path, tell));
  ISOSHAPE_RETURN_IF_ERROR(lock->LockFile(path, tell));
  return lock;
}

absl::Status DatabaseLock::LockName(const std::string& path,
                                    const TellWait& tell) {
  name_.path = path + ".lock";
  constexpr int kFlags = O_RDWR | O_CLOEXEC;
  const std::optional<Owner> owner = OwnerOfFileAt(path);
  // One that is there may be taken away before it is opened.
  for (int tries = 0; name_.descriptor < 0 && tries < 3; ++tries) {
    name_.descriptor = OpenFile(name_.path, kFlags | O_CREAT | O_EXCL);
    name_.made = name_.descriptor >= 0;
    if (name_.made) Give(name_.descriptor, owner);
    if (name_.made || errno != EEXIST) break;
    // Without O_CREAT: in a folder of all the kernel refuses that for a file of
    // another user, even to root (fs.protected_regular).
    name_.descriptor = OpenFile(name_.path, kFlags);
  }
  if (name_.descriptor < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot create ", name_.path, ": ", strerror(errno),
                     "; name a file in a writable folder with --db"));
  }
  return Lock(name_.descriptor, path, tell);
}

absl::Status DatabaseLock::LockFile(const std::string& path,
                                    const TellWait& tell) {
  file_.path = path;
  file_.descriptor = OpenFile(path, kRead);
  // A log without its database is not to be given a new one.
  if (file_.descriptor < 0 && errno == ENOENT && !IsNotEmpty(path + "-wal") &&
      !IsNotEmpty(path + kCommitLogEnd)) {
    const std::optional<Owner> owner = OwnerOfFileAt(path);
    file_.descriptor = OpenFile(path, kRead | O_CREAT | O_EXCL);
    file_.made = file_.descriptor >= 0;
    if (file_.made) Give(file_.descriptor, owner);
  }
  struct stat info = {};
  // InspectFile says what is wrong with what cannot be opened or is no file.
  if (file_.descriptor < 0 || fstat(file_.descriptor, &info) != 0 ||
      !S_ISREG(info.st_mode)) {
    return absl::OkStatus();
  }
  ISOSHAPE_RETURN_IF_ERROR(Lock(file_.descriptor, path, tell));
  if (info.st_nlink > 1) {
    ISOSHAPE_RETURN_IF_ERROR(TakeBackSetAside(path));
    fstat(file_.descriptor, &info);
  }
  if (info.st_nlink <= 1) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "database ", path, " has ", info.st_nlink,
      " names (hard links), and its log lies beside one of them only; remove "
      "the others, or copy the file and name the copy with --db"));
}

DatabaseLock::~DatabaseLock() {
  content_.reset();  // It uses the descriptor.
  for (const Held& held : {file_, name_}) {
    if (held.descriptor < 0) continue;
    struct stat info = {};
    struct stat named = {};
    // What has replaced it at its path is not to be removed.
    if (held.made && fstat(held.descriptor, &info) == 0 && info.st_size == 0 &&
        lstat(held.path.c_str(), &named) == 0 && info.st_dev == named.st_dev &&
        info.st_ino == named.st_ino) {
      unlink(held.path.c_str());
    }
    close(held.descriptor);
  }
}

absl::StatusOr<DatabaseLock::Identity> DatabaseLock::IdentityOf(
    const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0) {
    return Identity{path, info.st_dev, info.st_ino};
  }
  if (errno == ENOENT || errno == ENOTDIR) return Identity{.path = path};
  return absl::UnavailableError(absl::StrCat("cannot look at ", path, ": ",
                                             strerror(errno), "; try again"));
}

absl::Status DatabaseLock::Keep() {
  struct stat locked = {};
  ISOSHAPE_ASSIGN_OR_RETURN(const Identity database, IdentityOf(file_.path));
  if (fstat(file_.descriptor, &locked) != 0 ||
      locked.st_dev != database.device || locked.st_ino != database.inode) {
    return absl::UnavailableError(
        absl::StrCat("database ", file_.path,
                     " was replaced while it was opened; start again"));
  }
  files_ = {database};
  for (const char* beside : {"-wal", "-shm"}) {
    ISOSHAPE_ASSIGN_OR_RETURN(files_.emplace_back(),
                              IdentityOf(file_.path + beside));
  }
  name_.made = file_.made = false;
  content_ = std::make_unique<ContentWatch>(file_.path, file_.descriptor);
  return absl::OkStatus();
}

std::vector<DatabaseLock::AsideLog> DatabaseLock::SetLogsAside() const {
  std::vector<AsideLog> aside;
  for (const char* end : {"-wal", kCommitLogEnd}) {
    const std::string log = file_.path + end;
    if (IsNotEmpty(log)) aside.push_back({log, SetFileAside(log)});
  }
  unlink((file_.path + "-shm").c_str());
  return aside;
}

bool DatabaseLock::IsReplaced() const {
  if (files_.empty()) return false;
  const Identity& known = files_.front();
  const absl::StatusOr<Identity> found = IdentityOf(known.path);
  return found.ok() && found->inode != 0 &&
         (found->device != known.device || found->inode != known.inode);
}

absl::Status DatabaseLock::CheckInPlace() const {
  for (const Identity& known : files_) {
    ISOSHAPE_ASSIGN_OR_RETURN(const Identity found, IdentityOf(known.path));
    if (found.device == known.device && found.inode == known.inode) continue;
    return absl::UnavailableError(absl::StrCat(
        known.path, " was ",
        found.inode == 0 ? "moved or deleted" : "replaced by another file",
        " while it was in use, and nothing is written any more; stop the "
        "coordinator, put the database back, and start it again",
        IsReplaced() ? kLogsAside : ""));
  }
  return absl::OkStatus();
}

ReadLock::ReadLock(const std::string& path) : file_(OpenFile(path, kRead)) {
  if (file_ < 0) return;
  held_ = flock(file_, LOCK_SH | LOCK_NB) == 0;
  refused_ = !held_ && errno == EWOULDBLOCK;
}

ReadLock::~ReadLock() {
  if (file_ >= 0) close(file_);
}

bool IsNotEmpty(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0) return info.st_size > 0;
  // No file has a name that is too long.
  return errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG;
}

int64_t BytesOf(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? info.st_size : 0;
}

std::string LogBeside(const std::string& database) {
  for (const char* end : kLogEnds) {
    if (IsNotEmpty(database + end)) return database + end;
  }
  return "";
}

absl::StatusOr<FileState> InspectFile(const std::string& path, FileRole role) {
  const Remedies& remedies = RemediesOf(role);
  std::string log = path + "-wal";
  if (!IsNotEmpty(log)) log = path + kCommitLogEnd;
  const bool has_log = IsNotEmpty(log);
  const int file = OpenFile(path, kRead);
  if (file < 0 && errno != ENOENT) {
    return absl::UnavailableError(absl::StrCat("cannot read database ", path,
                                               ": ", strerror(errno),
                                               remedies.unreadable));
  }
  DatabaseHeader header;
  if (file >= 0) {
    struct stat info = {};
    const bool regular = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
    const bool read = regular && header.Read(file);
    const int error = errno;
    close(file);
    if (!regular) {
      return absl::FailedPreconditionError(
          absl::StrCat("database ", path, " is not a file", remedies.no_file));
    }
    if (!read) {
      return absl::UnavailableError(absl::StrCat("cannot read database ", path,
                                                 ": ", strerror(error),
                                                 remedies.damaged));
    }
  }
  if (header.empty()) {
    // SQLite would delete the log. A file of ours has its schema before it
    // has a log, so the file was lost and the log may be all that is left.
    if (!has_log) {
      // Nobody begins an empty database where a backup is to be.
      if (role == FileRole::kDatabase) {
        ISOSHAPE_RETURN_IF_ERROR(CheckNotLost(path));
      }
      return FileState::kNew;
    }
    return DamagedError(
        path,
        absl::StrCat("it is missing or empty, but its log ", log, " is there"),
        role);
  }
  if (!header.is_database()) {
    // It never was one: its first transaction did not end. SQLite takes that
    // back.
    if (BeginsWithJournal(path)) return FileState::kHot;
    return absl::DataLossError(absl::StrCat(
        "file ", path, " is not a SQLite database", remedies.damaged));
  }
  if (header.application_id() != kApplicationId) {
    return ForeignError(path, remedies.foreign);
  }
  if (header.user_version() > NewestSchemaVersion()) {
    return NewerError(path, header.user_version(), remedies.newer);
  }
  return LogBeside(path).empty() ? FileState::kClosed : FileState::kHot;
}

absl::Status DamagedError(const std::string& path, absl::string_view how,
                          FileRole role) {
  absl::ConsumePrefix(&how, absl::StrCat("database ", path, ": "));
  return absl::DataLossError(
      absl::StrCat("database ", path, " is damaged (",
                   absl::StrReplaceAll(
                       how, {{"*** in database main ***\n", ""}, {"\n", "; "}}),
                   ")", RemediesOf(role).damaged));
}

absl::Status CheckContents(SqliteDatabase& database, FileRole role) {
  const std::string& path = database.path();
  const Remedies& remedies = RemediesOf(role);
  const auto damaged = [&](absl::string_view how) -> absl::Status {
    ISOSHAPE_RETURN_IF_ERROR(database.DiskError());
    return DamagedError(path, how, role);
  };
  // The first reads find damage that keeps SQLite from reading the file at all.
  const absl::StatusOr<std::string> check =
      database.QueryText("PRAGMA integrity_check(1)");
  if (absl::IsUnavailable(check.status())) return check.status();
  if (!check.ok()) return damaged(check.status().message());
  if (*check != "ok") return damaged(*check);

  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t version,
                            database.QueryInteger("PRAGMA user_version"));
  if (version > NewestSchemaVersion()) {
    return NewerError(path, version, remedies.newer);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const int64_t tables,
      database.QueryInteger("SELECT count(*) FROM sqlite_schema"));
  if (version == 0) {
    return tables == 0 ? absl::OkStatus()
                       : ForeignError(path, remedies.foreign);
  }

  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::string orphan,
      database.QueryText("SELECT \"table\" FROM pragma_foreign_key_check"));
  if (!orphan.empty()) {
    return damaged(
        absl::StrCat("a row of ", orphan, " refers to a missing row"));
  }
  absl::Status rows = CheckRows(database);
  if (absl::IsUnavailable(rows)) return rows;
  return rows.ok() ? rows : damaged(rows.message());
}

}  // namespace isoshape
