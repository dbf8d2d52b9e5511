#ifndef ISOSHAPE_COMMON_GZIP_H_
#define ISOSHAPE_COMMON_GZIP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// How hard zlib tries, 1 to 9.
enum class GzipLevel : int {
  kFast = 1,   // for JSON of numbers level 6 takes five times as long to save a
               // tenth more
  kSmall = 9,  // what is written once and kept
};

// The text as a gzip file.
std::string Gzip(absl::string_view text, GzipLevel level = GzipLevel::kFast);

// DATA_LOSS if the bytes are not one whole gzip file.
absl::StatusOr<std::string> Gunzip(absl::string_view bytes);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_GZIP_H_
