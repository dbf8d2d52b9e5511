#ifndef ISOSHAPE_COMMON_TEXT_SHELL_WORD_H_
#define ISOSHAPE_COMMON_TEXT_SHELL_WORD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// A text as one word of a command that a person is told to type: as it is if
// nothing in it means something to a shell, else in single quotes (POSIX,
// Shell Command Language, 2.2.2).
std::string ShellWord(absl::string_view text);

// The same in single quotes whatever it is, for a script.
std::string ShellQuoted(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_SHELL_WORD_H_
