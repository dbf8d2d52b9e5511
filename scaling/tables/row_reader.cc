#include "scaling/tables/row_reader.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "scaling/tables/delimited_rows.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/json_table.h"

namespace isoshape {

std::string TooManyRows() {
  return absl::StrCat("there are more than ", kMaxRunRows,
                      " rows, the most that are read; keep a row for each run, "
                      "its last one, or choose rows by --where");
}

absl::StatusOr<std::unique_ptr<RowReader>> OpenRows(absl::string_view text,
                                                    absl::string_view file) {
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (start.empty()) {
    return ErrorAt(file, 1, 1,
                   "the file is empty; the first line names the columns");
  }
  if (absl::StartsWith(start, "[") || absl::StartsWith(start, "{")) {
    return OpenJsonTable(text, file);
  }
  return OpenDelimitedRows(text, file);
}

}  // namespace isoshape
