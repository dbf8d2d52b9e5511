#ifndef ISOSHAPE_COORDINATOR_HTTP_COMPRESSION_H_
#define ISOSHAPE_COORDINATOR_HTTP_COMPRESSION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// As gzip, at zlib's level 1: for JSON of numbers level 6 takes five times as
// long to save a tenth more.
std::string Gzip(absl::string_view text);

// DATA_LOSS if the bytes are not one whole gzip file.
absl::StatusOr<std::string> Gunzip(absl::string_view bytes);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_COMPRESSION_H_
