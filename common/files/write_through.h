#ifndef ISOSHAPE_COMMON_FILES_WRITE_THROUGH_H_
#define ISOSHAPE_COMMON_FILES_WRITE_THROUGH_H_

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "common/files/retried.h"

namespace isoshape {

// Writes all of a text to an open file: the system may take a part of it, as on
// a disk that becomes full. False with errno.
inline bool WriteAll(int file, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t part =
        Retried([&] { return write(file, text.data(), text.size()); });
    if (part < 0) return false;
    text.remove_prefix(static_cast<size_t>(part));
  }
  return true;
}

// And waits until it is on the disk.
inline bool WriteThrough(int file, absl::string_view text) {
  return WriteAll(file, text) && fsync(file) == 0;
}

// So that names that were made, changed or removed in the folder are on the
// disk too, if it can be read.
inline void SyncNames(const std::string& folder) {
  const int names = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (names < 0) return;
  fsync(names);
  close(names);
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_WRITE_THROUGH_H_
