#include "scaling/tables/json_table.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "scaling/tables/column_names.h"
#include "scaling/tables/file_error.h"
#include "scaling/tables/json_columns.h"
#include "scaling/tables/json_outline.h"
#include "scaling/tables/json_rows.h"

namespace isoshape {
namespace {

// Python writes numbers that are not finite as NaN and Infinity, which are no
// JSON: each becomes an empty text of the same length, so that places stay.
std::string WithoutNonFinite(absl::string_view text) {
  std::string result(text);
  bool quoted = false;
  for (size_t i = 0; i < result.size(); ++i) {
    const char c = result[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == 'N' || c == 'I' || c == '-')) {
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
// Whether a name is that of a loss, of params or of tokens, as far as one can
// tell without the flags.
bool IsColumn(const std::vector<Cell>& names) {
  for (const RunColumn column :
       {RunColumn::kParams, RunColumn::kTokens, RunColumn::kLoss}) {
    const auto found = FindColumn(names, "", column, std::nullopt);
    if (!found.ok() || *found) return true;
  }
  return false;
}

bool IsLabel(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

// Finds the rows in the outline of a text and opens their reader.
class JsonTable {
 public:
  JsonTable(absl::string_view text, absl::string_view file)
      : text_(text), file_(file) {}

  absl::StatusOr<std::unique_ptr<RowReader>> Open() {
    ISOSHAPE_RETURN_IF_ERROR(outline_.Read(text_, file_));
    if (outline_.top.objects.size() > 1) return OpenObjects(outline_.top);
    std::vector<std::string> objects;
    for (const auto& [name, list] : outline_.lists) {
      if (!list.objects.empty()) objects.push_back(name);
    }
    // pandas' orientation table: the rows and what their columns are.
    if (objects == std::vector<std::string>{"data", "schema.fields"}) {
      objects.pop_back();
    }
    if (objects.size() > 1) {
      return Fail(absl::StrCat("there are ", objects.size(),
                               " lists of objects, ", ShownNames(objects),
                               "; keep the one of the runs"));
    }
    if (!objects.empty()) return OpenObjects(outline_.lists[objects.front()]);
    if (const auto data = outline_.lists.find("data");
        data != outline_.lists.end() && !data->second.lists.empty() &&
        outline_.lists.count("columns") > 0) {
      return OpenSplit(data->second, outline_.lists["columns"]);
    }
    if (outline_.top.objects.empty()) return NoObjects();
    return OpenOneObject();
  }

 private:
  absl::Status Fail(absl::string_view message) const {
    return ErrorAt(file_, 1, 1, message);
  }

  absl::Status NoObjects() const {
    const auto list = outline_.lists.find("");
    if (list != outline_.lists.end() && !list->second.lists.empty()) {
      const JsonPlace& place = list->second.lists.front().place;
      return ErrorAt(file_, place.line,
                     static_cast<int>(place.at - place.line_begin) + 1,
                     "the rows are lists, without names of columns; write each "
                     "run as an object, by df.to_json(orient=\"records\") if "
                     "pandas wrote it");
    }
    return Fail("the list is empty; write each run as an object in it");
  }

  absl::StatusOr<std::unique_ptr<RowReader>> OpenObjects(JsonList& list) const {
    if (list.names.full()) {
      const Cell& last = list.names.cells().back();
      return ErrorAt(file_, last.line, last.column,
                     absl::StrCat("there are more than ", JsonNames::kMaxNames,
                                  " different names of values; keep those of "
                                  "the runs"));
    }
    if (list.names.cells().empty()) {
      return Fail(
          "there are neither objects with members nor lists of one length: "
          "give "
          "each run as an object such as "
          "{\"params\": 1e8, \"tokens\": 2e9, \"loss\": 3.1}");
    }
    return OpenJsonObjects(text_, file_, std::move(list.objects),
                           std::move(list.names));
  }

  absl::StatusOr<std::unique_ptr<RowReader>> OpenSplit(
      JsonList& data, const JsonList& columns) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const std::unique_ptr<RowReader> names,
        OpenJsonColumns(text_, file_, {{{}, columns.whole}}, columns.scalars));
    std::vector<Cell> header;
    Row row;
    while (*names->Next(row)) {
      Cell name = row.cells.front();
      name.text = texts_.emplace_back(name.text);
      header.push_back(name);
    }
    if (header.empty()) return Fail("'columns' is empty; name the columns");
    return OpenJsonLists(text_, file_, std::move(data.lists),
                         std::move(header));
  }

  // One object: a run, a table of runs by row or one by column.
  absl::StatusOr<std::unique_ptr<RowReader>> OpenOneObject() {
    if (outline_.scalars) return OpenObjects(outline_.top);
    const std::vector<JsonMember>& members = outline_.members;
    const bool alike =
        !members.empty() &&
        std::all_of(members.begin(), members.end(),
                    [&](const JsonMember& member) {
                      return member.keys == members.front().keys &&
                             member.values == members.front().values;
                    });
    if (members.empty() && !outline_.lists.empty()) return OpenLists();
    if (!alike && !LabelledRows()) return OpenObjects(outline_.top);
    JsonOutline inner;
    ISOSHAPE_RETURN_IF_ERROR(inner.Read(Text(members.front().whole), file_));
    const std::vector<Cell>& keys = inner.top.names.cells();
    if (LabelledRows() || (IsColumn(keys) && !IsLabel(keys.front().text))) {
      return OpenIndex();
    }
    std::vector<JsonColumn> columns;
    for (const JsonMember& member : members) {
      columns.push_back({member.name, member.whole});
    }
    return OpenColumns(columns, members.front().values);
  }

  absl::string_view Text(const JsonSpan& span) const {
    return text_.substr(span.place.at, span.end - span.place.at);
  }

  // Whether the first object's members are rows by their names, 0, 1, and so
  // on.
  bool LabelledRows() const {
    return !outline_.members.empty() &&
           std::all_of(outline_.members.begin(), outline_.members.end(),
                       [](const JsonMember& member) {
                         return IsLabel(member.name.text);
                       });
  }

  // The names are those of each layout that members have.
  absl::StatusOr<std::unique_ptr<RowReader>> OpenIndex() {
    JsonList rows;
    absl::flat_hash_set<size_t> known;
    for (const JsonMember& member : outline_.members) {
      rows.objects.push_back(member.whole);
      if (!known.insert(member.keys).second) continue;
      JsonOutline inner;
      ISOSHAPE_RETURN_IF_ERROR(inner.Read(Text(member.whole), file_));
      const JsonPlace& place = member.whole.place;
      int expected = 0;
      for (Cell cell : inner.top.names.cells()) {
        if (cell.line == 1) {
          cell.column += static_cast<int>(place.at - place.line_begin);
        }
        cell.line += place.line - 1;
        expected = rows.names.Number(cell.text, cell, expected) + 1;
      }
    }
    return OpenObjects(rows);
  }

  // Lists of one length, each a column.
  absl::StatusOr<std::unique_ptr<RowReader>> OpenLists() {
    std::vector<JsonColumn> columns;
    const size_t rows = outline_.lists.begin()->second.scalars;
    if (rows == 0) return NoObjects();
    for (const auto& [name, list] : outline_.lists) {
      if (list.scalars != rows || !list.lists.empty()) {
        return OpenObjects(outline_.top);
      }
      columns.push_back({{name, list.whole.place.line,
                          static_cast<int>(list.whole.place.at -
                                           list.whole.place.line_begin) +
                              1},
                         list.whole});
    }
    return OpenColumns(columns, rows);
  }

  absl::StatusOr<std::unique_ptr<RowReader>> OpenColumns(
      const std::vector<JsonColumn>& columns, size_t rows) const {
    if (rows > kMaxRunRows) return Fail(TooManyRows());
    return OpenJsonColumns(text_, file_, columns, rows);
  }

  absl::string_view text_, file_;
  JsonOutline outline_;
  std::deque<std::string> texts_;
};

// The rows with all that they point to.
class JsonReader : public RowReader {
 public:
  JsonReader(absl::string_view text, absl::string_view file)
      : finite_(absl::StrContains(text, "NaN") ||
                        absl::StrContains(text, "Infinity")
                    ? WithoutNonFinite(text)
                    : std::string()),
        table_(finite_.empty() ? text : finite_, file) {}

  absl::Status Open() {
    ISOSHAPE_ASSIGN_OR_RETURN(rows_, table_.Open());
    return absl::OkStatus();
  }

  const std::vector<Cell>& header() const override { return rows_->header(); }
  void Select(const std::vector<size_t>& places) override {
    rows_->Select(places);
  }
  absl::StatusOr<bool> Next(Row& row) override { return rows_->Next(row); }

 private:
  std::string finite_;  // the text, if it had to be changed
  JsonTable table_;
  std::unique_ptr<RowReader> rows_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowReader>> OpenJsonTable(
    absl::string_view text, absl::string_view file) {
  auto reader = std::make_unique<JsonReader>(text, file);
  ISOSHAPE_RETURN_IF_ERROR(reader->Open());
  return reader;
}

}  // namespace isoshape
