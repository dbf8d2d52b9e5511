#ifndef ISOSHAPE_SCALING_TABLES_DELIMITED_ROWS_H_
#define ISOSHAPE_SCALING_TABLES_DELIMITED_ROWS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {

// A table of lines whose first names the columns: CSV by RFC 4180, so that a
// field in quotes may hold delimiters, line breaks and doubled quotes. The
// delimiter is that of comma, semicolon and tab which the first line has most
// of outside quotes, or what a line `sep=;` before it says. Lines end in LF,
// CR LF or CR. Lines that are blank, or have nothing but delimiters, are
// skipped; blanks around a field do not belong to it.
//
// INVALID_ARGUMENT with `file:line:column:` if a quote is not closed or text
// follows it, or if a row has more fields (that are not blank) or fewer than
// the header.
absl::StatusOr<std::unique_ptr<RowReader>> OpenDelimitedRows(
    absl::string_view text, absl::string_view file);

// The delimiter of such a text.
char DelimiterOf(absl::string_view text);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_DELIMITED_ROWS_H_
