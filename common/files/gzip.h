#ifndef ISOSHAPE_COMMON_FILES_GZIP_H_
#define ISOSHAPE_COMMON_FILES_GZIP_H_

#include <cstddef>
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

// Whether the bytes begin as a gzip file does.
bool IsGzip(absl::string_view bytes);

// What became of the text of a gzip file.
struct Inflated {
  enum class End { kWhole, kEndsEarly, kTooLong, kDamaged };
  std::string text;  // as far as it was read
  End end = End::kWhole;
  std::string reason;  // if it is damaged, in zlib's words
};

// The text of a gzip file of any number of members (RFC 1952, section 2.2),
// until it is longer than `most` bytes; what is no member, such as padding by
// zeros, is left alone. `bytes` are fewer than 4 GiB.
Inflated Inflate(absl::string_view bytes, size_t most);

// DATA_LOSS if the bytes are not a whole gzip file.
absl::StatusOr<std::string> Gunzip(absl::string_view bytes);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_GZIP_H_
