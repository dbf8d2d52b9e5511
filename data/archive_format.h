#ifndef ISOSHAPE_DATA_ARCHIVE_FORMAT_H_
#define ISOSHAPE_DATA_ARCHIVE_FORMAT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace isoshape {

// How much of the beginning of a file tells what it is: the header of a tar.
inline constexpr int64_t kArchiveHead = 512;

// What is wrong with a file whose bytes are neither text nor tokens but a
// compressed or packed form of them, with the remedy; empty if it is none.
// Recognised by `head`, the first bytes of the file, kArchiveHead if it has so
// many, and `tail`, its last 4: gzip, zstd, xz, bzip2, zip, lz4, compress, 7z,
// rar, tar, Parquet, Arrow (Feather), Avro.
std::string ArchiveProblem(std::string_view head, std::string_view tail);

}  // namespace isoshape

#endif  // ISOSHAPE_DATA_ARCHIVE_FORMAT_H_
