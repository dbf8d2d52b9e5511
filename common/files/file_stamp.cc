#include "common/files/file_stamp.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace isoshape {

std::string FileStamp(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return "";
  return absl::StrCat(status.st_dev, " ", status.st_ino, " ", status.st_size,
                      " ", status.st_mtim.tv_sec, " ", status.st_mtim.tv_nsec,
                      " ", status.st_ctim.tv_sec, " ", status.st_ctim.tv_nsec);
}

bool IsOneFile(const std::string& one, const std::string& other) {
  std::error_code neither;
  return one == other || std::filesystem::equivalent(one, other, neither);
}

}  // namespace isoshape
