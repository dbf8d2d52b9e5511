#ifndef ISOSHAPE_COMMON_FILES_SMALL_FILE_H_
#define ISOSHAPE_COMMON_FILES_SMALL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

// The bytes of a regular file that has at most `most`; INVALID_ARGUMENT with
// what it is if it is something else, NOT_FOUND if the path names nothing. What
// is read anew while a program runs must not wait for a pipe nor fill the
// memory, whatever is put in its place.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path,
                                          int64_t most);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_SMALL_FILE_H_
