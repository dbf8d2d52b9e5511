#ifndef ISOSHAPE_COMMON_FILES_FILE_STAMP_H_
#define ISOSHAPE_COMMON_FILES_FILE_STAMP_H_

#include <string>

namespace isoshape {

// A text that differs once the file was written or replaced: its device, inode,
// size and time. Empty if there is no such file.
std::string FileStamp(const std::string& path);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_FILE_STAMP_H_
