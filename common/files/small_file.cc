#include "common/files/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/files/retried.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

absl::StatusOr<std::string> ReadSmall(int handle, const std::string& path,
                                      int64_t most) {
  struct stat status = {};
  if (fstat(handle, &status) != 0) {
    return absl::ErrnoToStatus(errno, Printable(path));
  }
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(
        Printable(path), " is no regular file; put one in its place"));
  }
  if (status.st_size > most) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(path), " has ", status.st_size,
                     " bytes and may have ", most, "; is it another file?"));
  }
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t part = Retried([&] {
      return read(handle, bytes.data() + length, bytes.size() - length);
    });
    if (part < 0) return absl::ErrnoToStatus(errno, Printable(path));
    if (part == 0) break;  // it has become shorter
    length += static_cast<size_t>(part);
  }
  bytes.resize(length);
  return bytes;
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path,
                                          int64_t most) {
  // Nor is a pipe's writer waited for.
  const int handle = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (handle < 0) return absl::ErrnoToStatus(errno, Printable(path));
  absl::StatusOr<std::string> bytes = ReadSmall(handle, path, most);
  close(handle);
  return bytes;
}

}  // namespace isoshape
