#ifndef ISOSHAPE_SCALING_TABLES_ROW_READER_H_
#define ISOSHAPE_SCALING_TABLES_ROW_READER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// The most rows that are taken for runs: more are curves of runs, of which the
// last points alone count.
inline constexpr size_t kMaxRunRows = 2'000'000;

// The error message of a file with more rows.
std::string TooManyRows();

// A field of a file and the place where it starts, from 1.
struct Cell {
  absl::string_view text = {};
  int line = 0;
  int column = 0;
};

// A row with a cell for each column.
struct Row {
  absl::string_view whole = {};  // as the file has it: equal, the same row
  int line = 0;
  std::vector<Cell> cells = {};
};

// The rows of a text one after another, whatever the text's form. Texts of
// cells point into the text read or into the reader: both must outlive them.
class RowReader {
 public:
  RowReader() = default;
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;
  virtual ~RowReader() = default;

  // The names of the columns.
  virtual const std::vector<Cell>& header() const = 0;
  // The character that separates the fields of a line; 0 if they are not
  // separated so.
  virtual char delimiter() const { return 0; }
  // Says that only these columns are looked at, by their places in the header:
  // cells of others may stay blank in the rows that come.
  virtual void Select(const std::vector<size_t>& /*places*/) {}
  // The next row into `row`, whose memory is used again; false at the end.
  // INVALID_ARGUMENT with `file:line:column:` if it is malformed.
  virtual absl::StatusOr<bool> Next(Row& row) = 0;
};

// A reader of a table of lines (delimited_rows.h) or, if the text begins with
// `[` or `{`, of JSON (json_table.h). `file` is the name for messages.
// INVALID_ARGUMENT if there are no columns.
absl::StatusOr<std::unique_ptr<RowReader>> OpenRows(absl::string_view text,
                                                    absl::string_view file);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_ROW_READER_H_
