#ifndef ISOSHAPE_COMMON_FILES_REPLACE_FILE_H_
#define ISOSHAPE_COMMON_FILES_REPLACE_FILE_H_

#include <sys/types.h>

#include <optional>
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

// Whose a file is.
struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};

// Whose a file that is put at a path is to be: its that is there now. A new one
// of root's, in the folder of another user, is that user's, whose programs
// could not write it else. Nullopt: its that makes it.
std::optional<Owner> OwnerOfFileAt(const std::string& path);

// Gives an open file to that owner. False, with errno, if this user may not.
bool GiveTo(int file, const Owner& owner);

// Puts a text in the place of a regular file that is there, as a whole or not
// at all: it is written beside it, under a name that nobody else has, and
// renamed. The new file has the owner, the group and the mode of the old one,
// and links go on leading to it.
Replacement ReplaceWhole(const std::string& path, absl::string_view text,
                         Durability durability);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_REPLACE_FILE_H_
