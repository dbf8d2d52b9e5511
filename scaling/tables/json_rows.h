#ifndef ISOSHAPE_SCALING_TABLES_JSON_ROWS_H_
#define ISOSHAPE_SCALING_TABLES_JSON_ROWS_H_

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "scaling/tables/json_outline.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {

// Rows that are objects: a value goes into the column of its dotted name, and
// lists inside a row are not looked at. The text must outlive the reader.
std::unique_ptr<RowReader> OpenJsonObjects(absl::string_view text,
                                           absl::string_view file,
                                           std::vector<JsonSpan> rows,
                                           JsonNames names);

// Rows that are lists of as many values as the header has names, by their
// order. Next is INVALID_ARGUMENT with `file:line:column:` if one has not.
std::unique_ptr<RowReader> OpenJsonLists(absl::string_view text,
                                         absl::string_view file,
                                         std::vector<JsonSpan> rows,
                                         std::vector<Cell> header);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_JSON_ROWS_H_
