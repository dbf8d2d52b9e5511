#ifndef ISOSHAPE_SCALING_TABLES_JSON_COLUMNS_H_
#define ISOSHAPE_SCALING_TABLES_JSON_COLUMNS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/tables/json_outline.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {

// A column of a JSON text: an object or a list of as many scalars as there are
// rows.
struct JsonColumn {
  Cell name = {};
  JsonSpan values = {};
};

// Rows of a table that is written column by column, as pandas does if nothing
// else is asked for: {"params": {"0": 1e6, "1": 2e6}, "loss": {"0": 3.1, …}} or
// {"params": [1e6, 2e6], …}. A cell has the place of its value; a row that of
// its first cell. The text must outlive the reader.
absl::StatusOr<std::unique_ptr<RowReader>> OpenJsonColumns(
    absl::string_view text, absl::string_view file,
    const std::vector<JsonColumn>& columns, size_t rows);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_JSON_COLUMNS_H_
