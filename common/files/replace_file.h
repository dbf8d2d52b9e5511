#ifndef ISOSHAPE_COMMON_FILES_REPLACE_FILE_H_
#define ISOSHAPE_COMMON_FILES_REPLACE_FILE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// What became of a text that was to take the place of a file. If it did not,
// errno has the system's reason.
enum class Replacement {
  kDone,
  kNotWritten,  // as on a full disk
  kNoPlace,     // no file may be made in that folder, or none renamed there
  kOtherOwner,  // the new file could not have the old one's owner and group
};

// What has to outlive a loss of power is on the disk before it has the name.
enum class Durability { kOfProcess, kOfPower };

// Puts a text in the place of a regular file that is there, as a whole or not
// at all: it is written beside it, under a name that nobody else has, and
// renamed. The new file has the owner, the group and the mode of the old one,
// and links go on leading to it.
Replacement ReplaceWhole(const std::string& path, absl::string_view text,
                         Durability durability);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_REPLACE_FILE_H_
