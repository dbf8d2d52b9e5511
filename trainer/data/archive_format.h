#ifndef ISOSHAPE_TRAINER_DATA_ARCHIVE_FORMAT_H_
#define ISOSHAPE_TRAINER_DATA_ARCHIVE_FORMAT_H_

#include <string>
#include <string_view>

namespace isoshape {

// What is wrong with a file whose bytes are neither text nor tokens but a
// compressed form of them, with the remedy; empty if it is none. Recognised by
// `head`, the first bytes of the file, 16 if it has so many, and `tail`, its
// last 4: gzip, zstd, xz, bzip2, zip, Parquet.
std::string ArchiveProblem(std::string_view head, std::string_view tail);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_ARCHIVE_FORMAT_H_
