#ifndef ISOSHAPE_TRAINER_FILES_DURABLE_FILE_H_
#define ISOSHAPE_TRAINER_FILES_DURABLE_FILE_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace isoshape {

// Replaces the file at `path` by `parts`, one after another, or leaves what was
// there: written to `path`.tmp, flushed to the disk, renamed, and the folder
// flushed too. A crash at any moment leaves the old file or the new one.
//
// Throws std::runtime_error, one line with the path and the system's reason
// (`cannot write /c/x: No space left on device; …`).
void ReplaceFile(const std::string& path,
                 const std::vector<std::span<const std::byte>>& parts);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_FILES_DURABLE_FILE_H_
