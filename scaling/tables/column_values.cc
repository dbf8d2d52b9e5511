#include "scaling/tables/column_values.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "scaling/tables/column_names.h"
#include "scaling/tables/compressed.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/row_reader.h"
#include "scaling/tables/text_encoding.h"

namespace isoshape {

absl::StatusOr<std::vector<std::string>> ColumnValues(
    std::string bytes, absl::string_view file, const RunFormat& format,
    const std::string& column) {
  ISOSHAPE_ASSIGN_OR_RETURN(bytes, Decompressed(std::move(bytes), file));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string text,
                            AsUtf8(std::move(bytes), file));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> reader,
                            OpenRows(text, file));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const size_t place,
      FindNamed(reader->header(), file, column, "--by NAME"));
  std::vector<std::pair<size_t, std::string>> conditions;
  for (const auto& [name, wanted] : format.where) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const size_t at,
        FindNamed(reader->header(), file, name, "--where NAME=TEXT"));
    conditions.emplace_back(at, wanted);
  }
  std::vector<std::string> values;
  Row row;
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool more, reader->Next(row));
    if (!more) break;
    if (!std::all_of(
            conditions.begin(), conditions.end(), [&](const auto& condition) {
              return row.cells[condition.first].text == condition.second;
            })) {
      continue;
    }
    std::string value(row.cells[place].text);
    if (std::find(values.begin(), values.end(), value) != values.end()) {
      continue;
    }
    values.push_back(std::move(value));
    if (values.size() > kMaxRecipes) {
      return ErrorAt(
          file, row.line, row.cells[place].column,
          absl::StrFormat("column %s holds more than %d different texts, which "
                          "are no recipes; name the column that tells them "
                          "apart",
                          Shown(column), kMaxRecipes));
    }
  }
  if (values.size() >= 2) return values;
  return absl::InvalidArgumentError(absl::StrFormat(
      "%s: column %s holds %s in every row, so there is nothing to compare; "
      "name "
      "the column that tells recipes apart, or leave it out",
      file, Shown(column),
      values.empty() ? std::string("nothing") : Shown(values.front())));
}

}  // namespace isoshape
