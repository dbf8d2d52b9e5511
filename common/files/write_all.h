#ifndef ISOSHAPE_COMMON_FILES_WRITE_ALL_H_
#define ISOSHAPE_COMMON_FILES_WRITE_ALL_H_

#include <unistd.h>

#include <cstddef>

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

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_WRITE_ALL_H_
