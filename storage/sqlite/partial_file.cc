#include "storage/sqlite/partial_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/files/replace_file.h"
#include "common/files/retried.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/set_aside.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

// The database last: by its name others find what was left (RemoveAbandoned).
void RemoveWithLogs(const fs::path& database) {
  for (const char* end : {"-wal", "-shm", "-journal", kCommitLogEnd, ""}) {
    unlink((database.string() + end).c_str());
  }
}

// What mkostemp puts behind the name of a partial file.
constexpr char kMadeUp[] = "XXXXXX";

}  // namespace

absl::StatusOr<std::unique_ptr<PartialFile>> PartialFile::Make(
    const fs::path& path) {
  // One that another removes before it is locked is made again.
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name;
    const int file = Retried([&] {
      name = absl::StrCat(path.string(), kPartialEnd, kMadeUp);
      return mkostemp(name.data(), O_CLOEXEC);
    });
    if (file < 0) {
      return absl::UnavailableError(absl::StrCat(
          "cannot write beside ", path.string(), ": ", strerror(errno)));
    }
    auto partial =
        std::unique_ptr<PartialFile>(new PartialFile(path, name, file));
    struct stat made = {};
    if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &made) == 0 &&
        made.st_nlink > 0) {
      return partial;
    }
  }
  return absl::UnavailableError(
      absl::StrCat("cannot lock a file beside ", path.string(), "; try again"));
}

PartialFile::PartialFile(fs::path path, fs::path partial, int file)
    : path_(std::move(path)), partial_(std::move(partial)), file_(file) {}

PartialFile::~PartialFile() {
  RemoveWithLogs(partial_);
  close(file_);
}

absl::Status PartialFile::TakeOwner() const {
  const std::optional<Owner> owner = OwnerOfFileAt(path_.string());
  if (!owner.has_value() || GiveTo(file_, *owner)) return absl::OkStatus();
  const int reason = errno;
  std::error_code error;
  // Of a folder it is a guess whose its files are to be.
  if (!fs::exists(path_, error) && !error) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      "the new ", path_.string(),
      " cannot be given to the user and group whose it is to be, ", owner->user,
      ":", owner->group, " (", strerror(reason), "); run as ",
      geteuid() == 0 ? "" : "root, or as ",
      "that user and a member of that group, or name another file"));
}

void PartialFile::TakeMode(const fs::path& source) const {
  std::error_code error;
  const bool exists = fs::exists(path_, error);
  const fs::perms mode =
      fs::status(exists ? path_ : source, error).permissions();
  if (error) return;
  // By its descriptor, as the name may lead elsewhere by now. One that cannot
  // be changed stays its maker's alone.
  fchmod(file_, static_cast<mode_t>(mode) | S_IRUSR | S_IWUSR);
}

absl::Status PartialFile::Sync() const {
  if (Retried([&] { return fsync(file_); }) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", partial_.string(),
                                             " to disk: ", strerror(errno)));
}

absl::Status PartialFile::Keep(bool replace) const {
  // What else was renamed here comes first: no loss of power is to leave this
  // name without that.
  ISOSHAPE_RETURN_IF_ERROR(SyncFolder(path_));
  const absl::Status renamed = RenameFile(partial_, path_, replace);
  if (absl::IsAlreadyExists(renamed)) {
    return absl::AlreadyExistsError(absl::StrCat(
        "a file ", path_.string(),
        " was made meanwhile; give another name, or --force to replace it"));
  }
  ISOSHAPE_RETURN_IF_ERROR(renamed);
  return SyncFolder(path_);
}

void RemoveAbandoned(const fs::path& path) {
  const std::string begin = path.filename().string() + kPartialEnd;
  std::error_code error;
  for (fs::directory_iterator entry(path.parent_path(), error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!absl::StartsWith(name, begin) ||
        name.size() != begin.size() + std::strlen(kMadeUp)) {
      continue;
    }
    constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
    const char* const found = entry->path().c_str();
    const int file = Retried([&] { return open(found, kFlags); });
    if (file < 0) continue;
    if (flock(file, LOCK_EX | LOCK_NB) == 0) RemoveWithLogs(entry->path());
    close(file);
  }
}

}  // namespace isoshape
