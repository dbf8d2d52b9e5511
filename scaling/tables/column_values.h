#ifndef ISOSHAPE_SCALING_TABLES_COLUMN_VALUES_H_
#define ISOSHAPE_SCALING_TABLES_COLUMN_VALUES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/tables/run_format.h"

namespace isoshape {

// More different texts are no recipes.
inline constexpr int kMaxRecipes = 20;

// The different texts of a column, such as the recipes of runs, in order of
// appearance, over the rows that fulfil `format.where`. INVALID_ARGUMENT,
// mostly beginning with `file:line:column:`, if the file is malformed, the
// column is missing, or it holds one text only or more than kMaxRecipes.
absl::StatusOr<std::vector<std::string>> ColumnValues(
    std::string bytes, absl::string_view file, const RunFormat& format,
    const std::string& column);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_COLUMN_VALUES_H_
