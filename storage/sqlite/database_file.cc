#include "storage/sqlite/database_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status_macros.h"
#include "storage/sqlite/schema.h"

namespace isoshape {
namespace {

constexpr char kRemedy[] =
    "; restore a backup, or choose another file with --db";

absl::Status NewerError(const std::string& path, int64_t version) {
  return absl::FailedPreconditionError(absl::StrCat(
      "database ", path, " has schema version ", version,
      ", newer than this program's ", NewestSchemaVersion(),
      "; use the isoshape that wrote it, or choose another file with --db"));
}

absl::Status ForeignError(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      "database ", path,
      " belongs to another program; choose another file with --db"));
}

absl::Status DamagedError(const std::string& path, absl::string_view how) {
  return absl::DataLossError(
      absl::StrCat("database ", path, " is damaged (",
                   absl::StrReplaceAll(
                       how, {{"*** in database main ***\n", ""}, {"\n", "; "}}),
                   ")", kRemedy));
}

bool IsNotEmpty(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && info.st_size > 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DatabaseLock>> DatabaseLock::Take(
    const std::string& path) {
  std::string lock_path = path + ".lock";
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;
  int file = open(lock_path.c_str(), kFlags | O_EXCL, 0644);
  const bool made = file >= 0;
  if (!made && errno == EEXIST) file = open(lock_path.c_str(), kFlags, 0644);
  if (file < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot create ", lock_path, ": ", strerror(errno),
                     "; name a file in a writable folder with --db"));
  }
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(file);
    if (error == EWOULDBLOCK) {
      return absl::FailedPreconditionError(absl::StrCat(
          "database ", path,
          " is in use by another isoshape-coordinator; stop that one, or "
          "choose another file with --db"));
    }
    return absl::UnavailableError(
        absl::StrCat("cannot lock ", lock_path, ": ", strerror(error),
                     "; name a file on a local disk with --db"));
  }
  return std::unique_ptr<DatabaseLock>(
      new DatabaseLock(file, std::move(lock_path), made));
}

DatabaseLock::~DatabaseLock() {
  if (made_) unlink(path_.c_str());
  close(file_);
}

absl::StatusOr<FileState> InspectFile(const std::string& path) {
  const bool has_log = IsNotEmpty(path + "-wal");
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && errno != ENOENT) {
    return absl::UnavailableError(
        absl::StrCat("cannot read database ", path, ": ", strerror(errno),
                     "; name a readable file with --db"));
  }
  std::array<unsigned char, 100> header = {};
  ssize_t size = 0;
  if (file >= 0) {
    struct stat info = {};
    const bool regular = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
    if (regular) size = pread(file, header.data(), header.size(), 0);
    const int error = errno;
    close(file);
    if (!regular) {
      return absl::FailedPreconditionError(absl::StrCat(
          "database ", path, " is not a file; name a file with --db"));
    }
    if (size < 0) {
      return absl::UnavailableError(absl::StrCat(
          "cannot read database ", path, ": ", strerror(error), kRemedy));
    }
  }
  if (size == 0) {
    // SQLite would delete the log. A file of ours has its schema before it
    // has a log, so the file was lost and the log may be all that is left.
    if (!has_log) return FileState::kNew;
    return DamagedError(
        path, absl::StrCat("it is missing or empty, but its log ", path,
                           "-wal is there"));
  }
  // Literal with its NUL: 16 bytes.
  if (size < static_cast<ssize_t>(header.size()) ||
      std::memcmp(header.data(), "SQLite format 3", 16) != 0) {
    return absl::DataLossError(
        absl::StrCat("file ", path, " is not a SQLite database", kRemedy));
  }
  const auto integer_at = [&header](size_t at) {
    return (int64_t{header[at]} << 24) | (int64_t{header[at + 1]} << 16) |
           (int64_t{header[at + 2]} << 8) | int64_t{header[at + 3]};
  };
  if (integer_at(68) != kApplicationId) return ForeignError(path);
  if (integer_at(60) > NewestSchemaVersion()) {
    return NewerError(path, integer_at(60));
  }
  return has_log || IsNotEmpty(path + "-journal") ? FileState::kHot
                                                  : FileState::kClosed;
}

absl::Status CheckContents(SqliteDatabase& database) {
  const std::string& path = database.path();
  // The first reads find damage that keeps SQLite from reading the file at all.
  const absl::StatusOr<std::string> check =
      database.QueryText("PRAGMA integrity_check(1)");
  if (absl::IsUnavailable(check.status())) return check.status();
  if (!check.ok()) return DamagedError(path, check.status().message());
  if (*check != "ok") return DamagedError(path, *check);

  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t version,
                            database.QueryInteger("PRAGMA user_version"));
  if (version > NewestSchemaVersion()) return NewerError(path, version);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const int64_t tables,
      database.QueryInteger("SELECT count(*) FROM sqlite_schema"));
  if (version == 0) {
    return tables == 0 ? absl::OkStatus() : ForeignError(path);
  }

  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::string orphan,
      database.QueryText("SELECT \"table\" FROM pragma_foreign_key_check"));
  if (!orphan.empty()) {
    return DamagedError(
        path, absl::StrCat("a row of ", orphan, " refers to a missing row"));
  }
  absl::Status rows = CheckRows(database);
  if (absl::IsUnavailable(rows)) return rows;
  return rows.ok() ? rows : DamagedError(path, rows.message());
}

}  // namespace isoshape
