#include "scaling/runs/run_csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

// A field of a line, and the column of the text where it starts, from 1.
struct Field {
  std::string text;
  size_t column = 0;
};

class Reader {
 public:
  Reader(absl::string_view text, absl::string_view file)
      : text_(text), file_(file) {
    // A byte order mark, as spreadsheets write it.
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") text_.remove_prefix(3);
  }

  // Goes to the next line that is not blank; false at the end.
  bool Next() {
    while (!text_.empty()) {
      const size_t end = text_.find('\n');
      current_ = text_.substr(0, end);
      text_.remove_prefix(end == absl::string_view::npos ? text_.size()
                                                         : end + 1);
      ++line_;
      if (!current_.empty() && current_.back() == '\r') {
        current_.remove_suffix(1);
      }
      if (!absl::StripAsciiWhitespace(current_).empty()) return true;
    }
    return false;
  }

  absl::StatusOr<std::vector<Field>> Fields() const {
    std::vector<Field> fields;
    size_t at = 0;
    while (true) {
      while (at < current_.size() && current_[at] == ' ') ++at;
      Field field;
      field.column = at + 1;
      if (at < current_.size() && current_[at] == '"') {
        for (++at;; ++at) {
          if (at >= current_.size()) {
            return Error(field.column, "the quote is not closed on this line");
          }
          if (current_[at] != '"') {
            field.text += current_[at];
          } else if (at + 1 < current_.size() && current_[at + 1] == '"') {
            field.text += current_[at++];
          } else {
            break;
          }
        }
        at = std::min(current_.find(',', at), current_.size());
      } else {
        const size_t end = std::min(current_.find(',', at), current_.size());
        field.text = std::string(
            absl::StripAsciiWhitespace(current_.substr(at, end - at)));
        at = end;
      }
      fields.push_back(std::move(field));
      if (at >= current_.size()) return fields;
      ++at;
    }
  }

  absl::Status Error(size_t column, absl::string_view message) const {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s:%d:%d: %s", file_, line_, column, message));
  }

  int line() const { return line_; }

 private:
  absl::string_view text_, file_, current_;
  int line_ = 0;
};

// The place of a named column in the header; absent if the column is optional
// and missing.
absl::StatusOr<std::optional<size_t>> Find(const Reader& reader,
                                           const std::vector<Field>& header,
                                           const std::string& name,
                                           bool required) {
  std::optional<size_t> place;
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i].text != name) continue;
    if (place) {
      return reader.Error(
          header[i].column,
          absl::StrCat("a second column is named '", name, "'; rename one"));
    }
    place = i;
  }
  if (!place && required) {
    return reader.Error(
        1, absl::StrCat("no column is named '", name, "'; there are ",
                        absl::StrJoin(header, ", ",
                                      [](std::string* out, const Field& field) {
                                        absl::StrAppend(out, field.text);
                                      }),
                        "; name the one to use"));
  }
  return place;
}

absl::StatusOr<double> Number(const Reader& reader, const std::string& name,
                              const Field& field) {
  double value = 0;
  if (!absl::SimpleAtod(field.text, &value)) {
    return reader.Error(field.column, absl::StrCat(name, " '", field.text,
                                                   "' is not a number"));
  }
  if (!std::isfinite(value) || value <= 0) {
    return reader.Error(
        field.column,
        absl::StrCat(name, " ", field.text,
                     " is not a finite number above 0; leave the run out"));
  }
  return value;
}

struct NumberColumn {
  size_t place;
  std::string name;
  std::vector<double>& values;
  bool may_be_blank = false;
};
struct TextColumn {
  size_t place;
  std::vector<std::string>& values;
};
struct Condition {
  size_t place;
  const std::string& text;
};

}  // namespace

absl::StatusOr<Runs> ParseRuns(absl::string_view text, absl::string_view file,
                               const RunCsvFormat& format) {
  Reader reader(text, file);
  if (!reader.Next()) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, ":1:1: the file is empty; the first line names the columns"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<Field> header, reader.Fields());

  Runs runs;
  std::vector<NumberColumn> numbers;
  std::vector<TextColumn> texts;
  std::vector<Condition> conditions;
  const struct {
    std::optional<std::string> given;
    const char* otherwise;
    std::vector<double>& values;
  } number_columns[] = {
      {format.params, "", runs.params},
      {format.tokens, "", runs.tokens},
      {format.loss, "", runs.loss},
      {format.flops, "flops", runs.flops},
      {format.width, "width", runs.width},
      {format.depth, "depth", runs.depth},
      {format.budget, "budget", runs.budget},
      {format.decode_seconds, "decode_seconds", runs.decode_seconds}};
  for (const auto& [given, otherwise, values] : number_columns) {
    std::string name = given.value_or(otherwise);
    ISOSHAPE_ASSIGN_OR_RETURN(const std::optional<size_t> place,
                              Find(reader, header, name, given.has_value()));
    if (place) {
      const bool may_be_blank = &values == &runs.decode_seconds;
      numbers.push_back({*place, std::move(name), values, may_be_blank});
    }
  }
  const struct {
    const std::optional<std::string>& given;
    const char* otherwise;
    std::vector<std::string>& values;
  } text_columns[] = {{format.seed, "seed", runs.seed},
                      {format.run, "run", runs.run}};
  for (const auto& [given, otherwise, values] : text_columns) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const std::optional<size_t> place,
        Find(reader, header, given.value_or(otherwise), given.has_value()));
    if (place) texts.push_back({*place, values});
  }
  for (const auto& [name, wanted] : format.where) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::optional<size_t> place,
                              Find(reader, header, name, true));
    conditions.push_back({*place, wanted});
  }

  int seen = 0;
  while (reader.Next()) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<Field> fields, reader.Fields());
    ++seen;
    if (fields.size() != header.size()) {
      return reader.Error(
          1, absl::StrFormat("%d fields where the header has %d", fields.size(),
                             header.size()));
    }
    bool wanted = true;
    for (const Condition& condition : conditions) {
      wanted = wanted && fields[condition.place].text == condition.text;
    }
    if (!wanted) continue;
    for (const NumberColumn& column : numbers) {
      if (column.may_be_blank && fields[column.place].text.empty()) {
        column.values.push_back(std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      ISOSHAPE_ASSIGN_OR_RETURN(
          const double value,
          Number(reader, column.name, fields[column.place]));
      column.values.push_back(value);
    }
    for (const TextColumn& column : texts) {
      column.values.push_back(fields[column.place].text);
    }
    runs.line.push_back(reader.line());
  }
  if (runs.rows() == 0) {
    return absl::FailedPreconditionError(
        seen == 0 ? absl::StrCat(file, ": there is no row below the header")
                  : absl::StrFormat("%s: none of %d rows fulfils the "
                                    "conditions asked for",
                                    file, seen));
  }
  runs.size = runs.params;
  return runs;
}

}  // namespace isoshape
