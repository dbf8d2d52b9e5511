#ifndef ISOSHAPE_SCALING_TABLES_FILE_ERROR_H_
#define ISOSHAPE_SCALING_TABLES_FILE_ERROR_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// INVALID_ARGUMENT of one line: `file:line:column: message`; line and column
// count from 1, the column in bytes of the text as UTF-8.
absl::Status ErrorAt(absl::string_view file, int line, int column,
                     absl::string_view message);

// A text of the file in quotes, for a message: one line, cut after 40 bytes,
// control characters as spaces.
std::string Shown(absl::string_view text);

// At most `most` of the names, quoted and separated by commas, then "and 76
// more".
std::string ShownNames(const std::vector<std::string>& names, size_t most = 20);

// `line 4`, `lines 4, 9, 12`, and of many the first five and how many more; of
// ascending lines, each of which is named once.
std::string ShownLines(std::vector<int> lines);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_FILE_ERROR_H_
