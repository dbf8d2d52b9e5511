#include "scaling/runs/json_rows.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "scaling/runs/file_error.h"
#include "scaling/runs/json_events.h"

namespace isoshape {
namespace {

// Python writes numbers that are not finite as NaN and Infinity, which are no
// JSON: each becomes an empty text of the same length, so that places stay.
std::string WithoutNonFinite(absl::string_view text) {
  std::string result(text);
  bool quoted = false;
  for (size_t i = 0; i < result.size(); ++i) {
    if (quoted && result[i] == '\\') {
      ++i;
    } else if (result[i] == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      for (const absl::string_view word : {"NaN", "-Infinity", "Infinity"}) {
        if (result.compare(i, word.size(), word.data(), word.size()) != 0) {
          continue;
        }
        result.replace(i, word.size(),
                       absl::StrCat("\"\"", std::string(word.size() - 2, ' ')));
        i += word.size() - 1;
        break;
      }
    }
  }
  return result;
}

class JsonRows : public RowReader {
 public:
  absl::Status Read(absl::string_view text, absl::string_view file) {
    if (absl::StrContains(text, "NaN") || absl::StrContains(text, "Infinity")) {
      finite_ = WithoutNonFinite(text);
      text = finite_;
    }
    ISOSHAPE_RETURN_IF_ERROR(table_.Read(text, file));
    ISOSHAPE_RETURN_IF_ERROR(ChooseRows(file));
    // Only the names of the chosen rows are columns.
    columns_.assign(table_.names.size(), -1);
    for (const JsonTable::Object& row : *rows_) {
      for (size_t i = row.begin; i < row.end; ++i) {
        const int name = table_.values[i].first;
        if (columns_[name] >= 0) continue;
        columns_[name] = static_cast<int>(header_.size());
        header_.push_back(table_.names[name]);
      }
    }
    if (header_.empty()) {
      return ErrorAt(
          file, 1, 1,
          "the objects have no members: give each run as an object "
          "such as {\"params\": 1e8, \"tokens\": 2e9, \"loss\": 3.1}");
    }
    return absl::OkStatus();
  }

  const std::vector<Cell>& header() const override { return header_; }

  absl::StatusOr<bool> Next(Row& row) override {
    if (next_ == rows_->size()) return false;
    const JsonTable::Object& object = (*rows_)[next_++];
    row.whole = object.whole;
    row.line = object.line;
    row.cells.assign(header_.size(), Cell{{}, object.line, 1});
    for (size_t i = object.begin; i < object.end; ++i) {
      const auto& [name, cell] = table_.values[i];
      row.cells[columns_[name]] = cell;
    }
    return true;
  }

 private:
  absl::Status ChooseRows(absl::string_view file) {
    rows_ = &table_.top;
    if (table_.top.size() > 1 || table_.lists.empty()) {
      if (!rows_->empty()) return absl::OkStatus();
      return ErrorAt(file, 1, 1,
                     "the list is empty; write each run as an object in it");
    }
    if (table_.lists.size() > 1) {
      std::vector<std::string> names;
      for (const auto& [name, objects] : table_.lists) names.push_back(name);
      return ErrorAt(
          file, 1, 1,
          absl::StrCat("there are ", names.size(), " lists of objects, ",
                       ShownNames(names), "; keep the one of the runs"));
    }
    rows_ = &table_.lists.begin()->second;
    return absl::OkStatus();
  }

  std::string finite_;  // the text, if it had to be changed
  JsonTable table_;
  const std::vector<JsonTable::Object>* rows_ = nullptr;
  std::vector<Cell> header_;
  std::vector<int> columns_;  // by number of the name
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowReader>> OpenJsonRows(
    absl::string_view text, absl::string_view file) {
  auto rows = std::make_unique<JsonRows>();
  ISOSHAPE_RETURN_IF_ERROR(rows->Read(text, file));
  return rows;
}

}  // namespace isoshape
