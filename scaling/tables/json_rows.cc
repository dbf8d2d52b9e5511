#include "scaling/tables/json_rows.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/json_events.h"

namespace isoshape {
namespace {

// Reads one row after another into cells. Values of objects go by their dotted
// names, those of lists by their order.
class RowEvents : public JsonEvents {
 public:
  RowEvents(absl::string_view text, absl::string_view file,
            const JsonNames* names, size_t columns)
      : JsonEvents(text, file), names_(names), wanted_(columns, true) {}

  void Select(const std::vector<size_t>& places) {
    std::fill(wanted_.begin(), wanted_.end(), false);
    for (const size_t place : places) wanted_[place] = true;
    places_ = places;
  }

  absl::Status Read(const JsonSpan& span, Row& row) {
    const Cell blank{{}, span.place.line, 1};
    if (places_.empty() || row.cells.size() != wanted_.size()) {
      row.cells.assign(wanted_.size(), blank);
    }
    for (const size_t place : places_) row.cells[place] = blank;
    row.line = span.place.line;
    row.whole = text().substr(span.place.at, span.end - span.place.at);
    cells_ = &row.cells;
    next_ = 0;
    path_.clear();
    begins_.clear();
    depth_ = 0;
    GoTo(span.place);
    return ReadValue();
  }

  // How many values the last list had.
  int values() const { return next_; }

 private:
  bool OnKey(const Cell& cell, bool /*escaped*/) override {
    if (depth_ > 0) return true;
    path_.resize(begins_.back());
    absl::StrAppend(&path_, cell.text);
    return true;
  }

  bool OnScalar(const Cell& cell, bool escaped) override {
    if (depth_ > 0) return true;
    const int number = names_ == nullptr ? next_ : names_->Find(path_, next_);
    next_ = number + 1;
    if (number < 0 || number >= static_cast<int>(wanted_.size()) ||
        !wanted_[static_cast<size_t>(number)]) {
      return true;
    }
    Cell& kept = (*cells_)[static_cast<size_t>(number)];
    kept = cell;
    if (escaped) kept.text = texts_.emplace_back(cell.text);
    return true;
  }

  bool OnObject(const JsonPlace& /*place*/) override {
    if (depth_ > 0 || names_ == nullptr) {
      ++depth_;
      return true;
    }
    if (!begins_.empty()) path_ += '.';
    begins_.push_back(path_.size());
    return true;
  }

  bool OnObjectEnd(uint32_t /*end*/) override {
    if (depth_ > 0) return LeaveIgnored();
    begins_.pop_back();
    return true;
  }

  bool OnList(const JsonPlace& /*place*/) override {
    if (names_ != nullptr || in_list_) {
      ++depth_;
    } else {
      in_list_ = true;
    }
    return true;
  }

  bool OnListEnd(uint32_t /*end*/) override {
    if (depth_ > 0) return LeaveIgnored();
    in_list_ = false;
    return true;
  }

  // A list or object in a row of a list is a value that is not looked at.
  bool LeaveIgnored() {
    if (--depth_ == 0 && names_ == nullptr) ++next_;
    return true;
  }

  const JsonNames* names_;  // null if rows are lists
  std::vector<bool> wanted_;
  std::vector<size_t> places_;  // that are wanted; empty: all
  std::vector<Cell>* cells_ = nullptr;
  std::deque<std::string> texts_;  // with escapes
  std::string path_;               // of the value that comes, dotted
  std::vector<size_t> begins_;     // where the names of an object begin in it
  size_t depth_ = 0;               // in what is not looked at
  bool in_list_ = false;
  int next_ = 0;
};

// Rows that are objects, or lists with names of their own.
class JsonRows : public RowReader {
 public:
  JsonRows(absl::string_view text, absl::string_view file,
           std::vector<JsonSpan> rows, JsonNames names)
      : file_(file),
        rows_(std::move(rows)),
        names_(std::move(names)),
        header_(names_.cells()),
        events_(text, file, &names_, header_.size()) {}
  JsonRows(absl::string_view text, absl::string_view file,
           std::vector<JsonSpan> rows, std::vector<Cell> header)
      : file_(file),
        rows_(std::move(rows)),
        header_(std::move(header)),
        lists_(true),
        events_(text, file, nullptr, header_.size()) {}

  const std::vector<Cell>& header() const override { return header_; }

  void Select(const std::vector<size_t>& places) override {
    events_.Select(places);
  }

  absl::StatusOr<bool> Next(Row& row) override {
    if (next_ == rows_.size()) return false;
    const JsonSpan& span = rows_[next_++];
    ISOSHAPE_RETURN_IF_ERROR(events_.Read(span, row));
    if (lists_ && events_.values() != static_cast<int>(header_.size())) {
      return ErrorAt(
          file_, span.place.line,
          static_cast<int>(span.place.at - span.place.line_begin) + 1,
          absl::StrCat(Counted(events_.values(), "value"), " where there are ",
                       Counted(std::ssize(header_), "column"),
                       "; complete the row, or take it out"));
    }
    return true;
  }

 private:
  absl::string_view file_;
  std::vector<JsonSpan> rows_;
  JsonNames names_;
  std::vector<Cell> header_;
  bool lists_ = false;
  RowEvents events_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> OpenJsonObjects(absl::string_view text,
                                           absl::string_view file,
                                           std::vector<JsonSpan> rows,
                                           JsonNames names) {
  return std::make_unique<JsonRows>(text, file, std::move(rows),
                                    std::move(names));
}

std::unique_ptr<RowReader> OpenJsonLists(absl::string_view text,
                                         absl::string_view file,
                                         std::vector<JsonSpan> rows,
                                         std::vector<Cell> header) {
  return std::make_unique<JsonRows>(text, file, std::move(rows),
                                    std::move(header));
}

}  // namespace isoshape
