#ifndef ISOSHAPE_COMMON_FILES_CSV_H_
#define ISOSHAPE_COMMON_FILES_CSV_H_

#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// A text as a cell of CSV (RFC 4180): in quotes if it has a comma, a quote or a
// line break. What a spreadsheet would take for a formula, a text that begins
// with = + - @, a tab or a carriage return, gets an apostrophe in front; a
// number such as -1.5 stays as it is.
std::string CsvCell(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_CSV_H_
