#include "scaling/tables/json_columns.h"

#include <deque>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "scaling/tables/json_events.h"

namespace isoshape {
namespace {

// The scalars of objects and lists that hold nothing else, in their order.
class ScalarEvents : public JsonEvents {
 public:
  using JsonEvents::JsonEvents;

  absl::Status Read(const JsonSpan& span, std::vector<Cell>& cells) {
    cells_ = &cells;
    GoTo(span.place);
    return ReadValue();
  }

 private:
  bool OnScalar(const Cell& cell, bool escaped) override {
    cells_->push_back(cell);
    if (escaped) cells_->back().text = texts_.emplace_back(cell.text);
    return true;
  }
  bool OnKey(const Cell& /*cell*/, bool /*escaped*/) override { return true; }
  bool OnObject(const JsonPlace& /*place*/) override { return true; }
  bool OnObjectEnd(uint32_t /*end*/) override { return true; }
  bool OnList(const JsonPlace& /*place*/) override { return true; }
  bool OnListEnd(uint32_t /*end*/) override { return true; }

  std::vector<Cell>* cells_ = nullptr;
  std::deque<std::string> texts_;
};

class JsonColumns : public RowReader {
 public:
  JsonColumns(absl::string_view text, absl::string_view file)
      : events_(text, file) {}

  absl::Status Read(const std::vector<JsonColumn>& columns, size_t rows) {
    rows_ = rows;
    for (const JsonColumn& column : columns) {
      header_.push_back(column.name);
      std::vector<Cell>& cells = columns_.emplace_back();
      cells.reserve(rows);
      ISOSHAPE_RETURN_IF_ERROR(events_.Read(column.values, cells));
    }
    return absl::OkStatus();
  }

  const std::vector<Cell>& header() const override { return header_; }

  absl::StatusOr<bool> Next(Row& row) override {
    if (next_ == rows_) return false;
    row.cells.clear();
    std::string& whole = wholes_.emplace_back();
    for (const std::vector<Cell>& column : columns_) {
      row.cells.push_back(column[next_]);
      absl::StrAppend(&whole, column[next_].text, "\n");
    }
    row.whole = whole;
    row.line = row.cells.front().line;
    ++next_;
    return true;
  }

 private:
  ScalarEvents events_;
  std::vector<Cell> header_;
  std::vector<std::vector<Cell>> columns_;
  std::deque<std::string> wholes_;
  size_t rows_ = 0;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowReader>> OpenJsonColumns(
    absl::string_view text, absl::string_view file,
    const std::vector<JsonColumn>& columns, size_t rows) {
  auto reader = std::make_unique<JsonColumns>(text, file);
  ISOSHAPE_RETURN_IF_ERROR(reader->Read(columns, rows));
  return reader;
}

}  // namespace isoshape
