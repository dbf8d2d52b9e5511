#include "scaling/runs/run_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

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

// The place of a named column in the header; absent where it is not there and
// need not be.
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

absl::StatusOr<RunTable> ParseRunTable(absl::string_view text,
                                       absl::string_view file,
                                       const RunTableFormat& format) {
  Reader reader(text, file);
  if (!reader.Next()) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, ":1:1: the file is empty; the first line names the columns"));
  }
  auto header = reader.Fields();
  if (!header.ok()) return header.status();

  RunTable table;
  std::vector<NumberColumn> numbers;
  std::vector<TextColumn> texts;
  std::vector<Condition> conditions;
  const struct {
    std::optional<std::string> given;
    const char* otherwise;
    std::vector<double>& values;
  } number_columns[] = {
      {format.params, "", table.params},
      {format.tokens, "", table.tokens},
      {format.loss, "", table.loss},
      {format.flops, "flops", table.flops},
      {format.width, "width", table.width},
      {format.depth, "depth", table.depth},
      {format.budget, "budget", table.budget},
      {format.decode_seconds, "decode_seconds", table.decode_seconds}};
  for (const auto& [given, otherwise, values] : number_columns) {
    std::string name = given.value_or(otherwise);
    const auto place = Find(reader, *header, name, given.has_value());
    if (!place.ok()) return place.status();
    if (*place) {
      const bool may_be_blank = &values == &table.decode_seconds;
      numbers.push_back({**place, std::move(name), values, may_be_blank});
    }
  }
  const struct {
    const std::optional<std::string>& given;
    const char* otherwise;
    std::vector<std::string>& values;
  } text_columns[] = {{format.seed, "seed", table.seed},
                      {format.run, "run", table.run}};
  for (const auto& [given, otherwise, values] : text_columns) {
    const auto place =
        Find(reader, *header, given.value_or(otherwise), given.has_value());
    if (!place.ok()) return place.status();
    if (*place) texts.push_back({**place, values});
  }
  for (const auto& [name, wanted] : format.where) {
    const auto place = Find(reader, *header, name, true);
    if (!place.ok()) return place.status();
    conditions.push_back({**place, wanted});
  }

  int seen = 0;
  while (reader.Next()) {
    const auto fields = reader.Fields();
    if (!fields.ok()) return fields.status();
    ++seen;
    if (fields->size() != header->size()) {
      return reader.Error(1,
                          absl::StrFormat("%d fields where the header has %d",
                                          fields->size(), header->size()));
    }
    bool wanted = true;
    for (const Condition& condition : conditions) {
      wanted = wanted && (*fields)[condition.place].text == condition.text;
    }
    if (!wanted) continue;
    for (const NumberColumn& column : numbers) {
      if (column.may_be_blank && (*fields)[column.place].text.empty()) {
        column.values.push_back(std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      const auto value = Number(reader, column.name, (*fields)[column.place]);
      if (!value.ok()) return value.status();
      column.values.push_back(*value);
    }
    for (const TextColumn& column : texts) {
      column.values.push_back((*fields)[column.place].text);
    }
    table.line.push_back(reader.line());
  }
  if (table.rows() == 0) {
    return absl::FailedPreconditionError(
        seen == 0 ? absl::StrCat(file, ": there is no row below the header")
                  : absl::StrFormat("%s: none of %d rows fulfils the "
                                    "conditions asked for",
                                    file, seen));
  }
  return table;
}

absl::Status CheckRunTable(const RunTable& table) {
  const struct {
    const char* name;
    const std::vector<double>& values;
    bool required;
  } columns[] = {{"params", table.params, true}, {"tokens", table.tokens, true},
                 {"loss", table.loss, true},     {"flops", table.flops, false},
                 {"width", table.width, false},  {"depth", table.depth, false},
                 {"budget", table.budget, false}};
  const auto check_length = [&](const char* name, size_t length,
                                bool required) {
    if (length == table.rows() || (length == 0 && !required)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        absl::StrFormat("column %s has %d values where there are %d losses",
                        name, length, table.rows()));
  };
  for (const auto& [name, values, required] : columns) {
    if (auto status = check_length(name, values.size(), required);
        !status.ok()) {
      return status;
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i]) && values[i] > 0) continue;
      return absl::InvalidArgumentError(absl::StrFormat(
          "row %d: %s %g is not a finite number above 0; leave the run out", i,
          name, values[i]));
    }
  }
  if (auto status =
          check_length("decode_seconds", table.decode_seconds.size(), false);
      !status.ok()) {
    return status;
  }
  if (auto status = check_length("seed", table.seed.size(), false);
      !status.ok()) {
    return status;
  }
  if (auto status = check_length("line", table.line.size(), false);
      !status.ok()) {
    return status;
  }
  return check_length("run", table.run.size(), false);
}

absl::StatusOr<std::vector<double>> Sizes(const RunTable& table,
                                          SizeMeasure measure) {
  if (measure == SizeMeasure::kParams) return table.params;
  if (table.flops.size() != table.rows()) {
    return absl::FailedPreconditionError(
        "the size FLOPs per token / 6 needs the training FLOPs of every run: "
        "name that column, or take the parameters as the size");
  }
  std::vector<double> sizes;
  for (size_t i = 0; i < table.rows(); ++i) {
    sizes.push_back(table.flops[i] / (6 * table.tokens[i]));
  }
  return sizes;
}

std::vector<int> GroupNumbers(const std::vector<std::string>& names) {
  std::unordered_map<std::string, int> numbers;
  std::vector<int> groups;
  for (const std::string& name : names) {
    const int next = static_cast<int>(numbers.size());
    groups.push_back(numbers.try_emplace(name, next).first->second);
  }
  return groups;
}

}  // namespace isoshape
