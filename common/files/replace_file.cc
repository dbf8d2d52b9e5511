#include "common/files/replace_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "common/files/retried.h"
#include "common/files/write_through.h"

namespace isoshape {
namespace {

// Of making a file in a folder, and of renaming one there. A file may be
// mounted alone (EBUSY), in a folder that is read-only or another user's, and a
// name may leave no room for a longer one.
Replacement PlaceFailure() {
  switch (errno) {
    case EACCES:
    case EPERM:
    case EROFS:
    case EBUSY:
    case ENAMETOOLONG:
      return Replacement::kNoPlace;
    default:
      return Replacement::kNotWritten;
  }
}

// Gives the new file what the old one has, and the text.
Replacement Fill(int handle, const struct stat& old, absl::string_view text,
                 Durability durability) {
  if (!GiveTo(handle, {old.st_uid, old.st_gid})) {
    return Replacement::kOtherOwner;
  }
  const bool filled =
      fchmod(handle, old.st_mode & 07777) == 0 &&
      (durability == Durability::kOfPower ? WriteThrough(handle, text)
                                          : WriteAll(handle, text));
  return filled ? Replacement::kDone : Replacement::kNotWritten;
}

}  // namespace

std::optional<Owner> OwnerOfFileAt(const std::string& path) {
  struct stat found = {};
  if (stat(path.c_str(), &found) == 0) return Owner{found.st_uid, found.st_gid};
  const std::filesystem::path folder =
      std::filesystem::path(path).parent_path();
  if (geteuid() != 0 ||
      stat(folder.empty() ? "." : folder.c_str(), &found) != 0 ||
      found.st_uid == 0) {
    return std::nullopt;
  }
  return Owner{found.st_uid, found.st_gid};
}

bool GiveTo(int file, const Owner& owner) {
  struct stat made = {};
  if (fstat(file, &made) != 0) return false;
  return (made.st_uid == owner.user && made.st_gid == owner.group) ||
         fchown(file, owner.user, owner.group) == 0;
}

Replacement ReplaceWhole(const std::string& path, absl::string_view text,
                         Durability durability) {
  std::error_code error;
  const std::string target = std::filesystem::canonical(path, error).string();
  struct stat old = {};
  if (error) errno = error.value();
  if (error || stat(target.c_str(), &old) != 0) return Replacement::kNotWritten;
  std::string fresh;
  const int handle = Retried([&] {
    fresh = target + ".XXXXXX";
    return mkostemp(fresh.data(), O_CLOEXEC);
  });
  if (handle < 0) return PlaceFailure();
  Replacement result = Fill(handle, old, text, durability);
  int reason = errno;
  // Some file systems say only here that the disk is full.
  if (close(handle) != 0 && result == Replacement::kDone) {
    reason = errno;
    result = Replacement::kNotWritten;
  }
  if (result == Replacement::kDone &&
      rename(fresh.c_str(), target.c_str()) != 0) {
    reason = errno;
    result = PlaceFailure();
  }
  if (result != Replacement::kDone) {
    unlink(fresh.c_str());
    errno = reason;
  } else if (durability == Durability::kOfPower) {
    SyncNames(std::filesystem::path(target).parent_path().string());
  }
  return result;
}

}  // namespace isoshape
