#ifndef ISOSHAPE_COMMON_FILES_SMALL_FILE_H_
#define ISOSHAPE_COMMON_FILES_SMALL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace isoshape {

// OK if the path names a regular file of at most `most` bytes, else
// INVALID_ARGUMENT with what it is; NOT_FOUND if it names nothing. What is read
// anew while a program runs must not wait for a pipe nor fill the memory.
absl::Status CheckSmallFile(const std::string& path, int64_t most);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_SMALL_FILE_H_
