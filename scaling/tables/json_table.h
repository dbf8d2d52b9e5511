#ifndef ISOSHAPE_SCALING_TABLES_JSON_TABLE_H_
#define ISOSHAPE_SCALING_TABLES_JSON_TABLE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {

// Rows of JSON, an object each: of a list of objects, of one list of objects
// inside an object ({"runs": [...]}), or of objects one after another (JSON
// lines); or a table as pandas writes it in its orientations columns, index,
// split and table. A value of an object in an object has the names of both as
// its column, joined by a dot (config.n_params); lists inside a row are not
// looked at; null and what is absent is blank. NaN and Infinity, which are not
// JSON but which Python writes, are blank as well.
//
// The text is read twice: for its outline, a few bytes for each row, and then
// row by row. The text must outlive the reader.
//
// INVALID_ARGUMENT with `file:line:column:` if the text is no JSON, is nested
// more than 64 deep, has no object, has two lists of objects or rows without
// names of columns.
absl::StatusOr<std::unique_ptr<RowReader>> OpenJsonTable(
    absl::string_view text, absl::string_view file);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_JSON_TABLE_H_
