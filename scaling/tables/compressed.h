#ifndef ISOSHAPE_SCALING_TABLES_COMPRESSED_H_
#define ISOSHAPE_SCALING_TABLES_COMPRESSED_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// The most text that a file of runs may hold, also once it is decompressed: a
// table of a million runs has about 100 MiB.
inline constexpr size_t kMaxRunText = size_t{256} << 20;

// The content of a file: gzip (one or several members) and zstd (frames) are
// told by their first bytes, whatever the name says, and decompressed; anything
// else is returned as it is. `file` is the name for messages.
//
// INVALID_ARGUMENT if the compressed data are damaged or end early, if there
// are more than `most` bytes, if they are compressed twice, or if the first
// bytes, also of what was compressed, are those of a format that holds no text
// (xz, bzip2, zip and workbooks, parquet, tar, …), by its name.
absl::StatusOr<std::string> Decompressed(std::string bytes,
                                         absl::string_view file,
                                         size_t most = kMaxRunText);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_COMPRESSED_H_
