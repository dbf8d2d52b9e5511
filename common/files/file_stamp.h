#ifndef ISOSHAPE_COMMON_FILES_FILE_STAMP_H_
#define ISOSHAPE_COMMON_FILES_FILE_STAMP_H_

#include <string>

namespace isoshape {

// A text that differs once the file was written or replaced, or others may read
// it: its device, inode, size and times. Empty if there is no such file.
std::string FileStamp(const std::string& path);

// Whether both paths name one file: by the same text, by a link, or by way of
// another folder.
bool IsOneFile(const std::string& one, const std::string& other);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_FILE_STAMP_H_
