#include "cli/local/local_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace isoshape {

LocalFolder::~LocalFolder() {
  if (lock_ >= 0) close(lock_);
}

absl::Status LocalFolder::Open(const std::string& directory,
                               const std::string& what) {
  directory_ = directory;
  lock_name_ = absl::StrCat(what, ".lock");
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const std::string path = absl::StrCat(directory, "/", lock_name_);
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot write in ", directory, ": ", std::strerror(errno),
                     "; choose another folder with --directory"));
  }
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "another isoshape ", what, " runs in ", directory,
        "; wait for it, end it, or choose another folder with --directory"));
  }
  return absl::OkStatus();
}

void LocalFolder::Clear() {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory_, error)) {
    if (entry.path().filename() == lock_name_) continue;
    if (entry.path().filename() == kResultsFolder) {
      std::filesystem::remove_all(entry.path(), error);
    } else {
      // A folder that is not ours stays, unless it is empty.
      std::filesystem::remove(entry.path(), error);
    }
  }
}

}  // namespace isoshape
