#include "scaling/tables/delimited_rows.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "scaling/tables/file_error.h"

namespace isoshape {
namespace {

constexpr absl::string_view kDelimiters = ",;\t";

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

// `sep=;` and its line end, as spreadsheets write it before a table; 0 if the
// text does not begin so.
size_t SeparatorLine(absl::string_view text) {
  if (!absl::StartsWithIgnoreCase(text, "sep=") || text.size() < 6 ||
      !IsLineEnd(text[5])) {
    return 0;
  }
  return absl::StartsWith(text.substr(5), "\r\n") ? 7 : 6;
}

// Where the header begins: lines before it that begin with a `#` are comments.
// The last of them is the header itself if it has as many delimiters as the
// line below, and that is a row of numbers, as NumPy writes it, or the `#`
// belongs to the first name.
struct Comments {
  size_t end = 0;
  int lines = 0;           // before `end`
  bool in_header = false;  // a `#` that is no part of it begins the header
};

size_t DelimitersOf(absl::string_view line) {
  return static_cast<size_t>(
      std::count_if(line.begin(), line.end(),
                    [](char c) { return absl::StrContains(kDelimiters, c); }));
}

absl::string_view LineAt(absl::string_view text, size_t at) {
  return text.substr(at, text.find_first_of("\r\n", at) - at);
}

Comments CommentsOf(absl::string_view text) {
  Comments comments;
  size_t last = 0;
  while (comments.end < text.size() && text[comments.end] == '#') {
    last = comments.end;
    const size_t line_end = text.find_first_of("\r\n", last);
    if (line_end == absl::string_view::npos) return {};  // comments alone
    const bool two = absl::StartsWith(text.substr(line_end), "\r\n");
    comments.end = line_end + (two ? 2 : 1);
    ++comments.lines;
  }
  if (comments.lines == 0) return {};
  const absl::string_view line = LineAt(text, last);
  const absl::string_view below = LineAt(text, comments.end);
  const size_t delimiters = DelimitersOf(line);
  if (delimiters == 0 || delimiters != DelimitersOf(below)) return comments;
  const bool numbers =
      absl::StrContains(absl::string_view("0123456789.-+"), below.front());
  const bool named = !absl::ascii_isspace(static_cast<unsigned char>(line[1]));
  if (!numbers && !named) return comments;
  return {.end = last, .lines = comments.lines - 1, .in_header = !named};
}

class DelimitedRows : public RowReader {
 public:
  DelimitedRows(absl::string_view text, absl::string_view file)
      : text_(text), file_(file), delimiter_(DelimiterOf(text)) {
    at_ = line_begin_ = SeparatorLine(text);
    if (at_ > 0) ++line_;
    const Comments comments = CommentsOf(text.substr(at_));
    at_ += comments.end;
    line_ += comments.lines;
    line_begin_ = at_;
    if (comments.in_header) ++at_;
  }

  absl::Status ReadHeader() {
    Row row;
    ISOSHAPE_ASSIGN_OR_RETURN(const bool found, ReadRecord(row));
    if (!found) {
      return ErrorAt(file_, 1, 1,
                     "the file is empty; the first line names the columns");
    }
    header_ = std::move(row.cells);
    return absl::OkStatus();
  }

  const std::vector<Cell>& header() const override { return header_; }
  char delimiter() const override { return delimiter_; }

  absl::StatusOr<bool> Next(Row& row) override {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool found, ReadRecord(row));
    if (!found) return false;
    // Spreadsheets write delimiters for blank cells to the right of a table.
    while (row.cells.size() > header_.size() && row.cells.back().text.empty()) {
      row.cells.pop_back();
    }
    if (row.cells.size() == header_.size()) return true;
    const bool more = row.cells.size() > header_.size();
    const Cell& place = more ? row.cells[header_.size()] : row.cells.front();
    return ErrorAt(
        file_, place.line, more ? place.column : 1,
        absl::StrFormat("%s where the header has %d; %s",
                        Counted(std::ssize(row.cells), "field"), header_.size(),
                        more ? "put a field that has the delimiter in quotes"
                             : "complete the line, or take it out"));
  }

 private:
  // The next record that is not blank; false at the end.
  absl::StatusOr<bool> ReadRecord(Row& row) {
    while (at_ < text_.size()) {
      row.cells.clear();
      row.line = line_;
      const size_t begin = at_;
      bool blank = true;
      while (true) {
        ISOSHAPE_ASSIGN_OR_RETURN(Cell cell, ReadField());
        blank = blank && cell.text.empty();
        row.cells.push_back(cell);
        if (at_ >= text_.size() || text_[at_] != delimiter_) break;
        ++at_;
      }
      row.whole = text_.substr(begin, at_ - begin);
      PassLineEnd();
      if (!blank) return true;
    }
    return false;
  }

  // The field that starts here; then at_ is at what ends it.
  absl::StatusOr<Cell> ReadField() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    Cell cell{{}, line_, static_cast<int>(at_ - line_begin_) + 1};
    if (at_ < text_.size() && text_[at_] == '"') {
      ISOSHAPE_ASSIGN_OR_RETURN(cell.text, ReadQuoted(cell));
      return cell;
    }
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ &&
           !IsLineEnd(text_[at_])) {
      ++at_;
    }
    cell.text =
        absl::StripTrailingAsciiWhitespace(text_.substr(begin, at_ - begin));
    return cell;
  }

  // The text of the quoted field that starts here.
  absl::StatusOr<absl::string_view> ReadQuoted(const Cell& place) {
    const size_t begin = ++at_;
    bool doubled = false;
    while (true) {
      if (at_ >= text_.size()) {
        return ErrorAt(file_, place.line, place.column,
                       "the quote is not closed; add the closing quote, or "
                       "double a quote that belongs to the text");
      }
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        doubled = true;
        at_ += 2;
      } else if (IsLineEnd(text_[at_])) {
        PassLineEnd();
      } else {
        ++at_;
      }
    }
    absl::string_view text = text_.substr(begin, at_ - begin);
    ++at_;
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    if (at_ < text_.size() && text_[at_] != delimiter_ &&
        !IsLineEnd(text_[at_])) {
      return ErrorAt(file_, line_, static_cast<int>(at_ - line_begin_) + 1,
                     "text follows the closing quote; double a quote that "
                     "belongs to the text");
    }
    if (doubled) {
      std::string& single = unquoted_.emplace_back();
      for (size_t i = 0; i < text.size(); ++i) {
        single += text[i];
        if (text[i] == '"') ++i;
      }
      text = single;
    }
    return absl::StripAsciiWhitespace(text);
  }

  void PassLineEnd() {
    if (at_ >= text_.size()) return;
    const bool two =
        text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    at_ += two ? 2 : 1;
    ++line_;
    line_begin_ = at_;
  }

  bool IsBlank(char c) const {
    return c == ' ' || (c == '\t' && delimiter_ != '\t');
  }

  absl::string_view text_, file_;
  char delimiter_;
  size_t at_ = 0;
  size_t line_begin_ = 0;
  int line_ = 1;
  std::vector<Cell> header_;
  std::deque<std::string> unquoted_;  // fields with doubled quotes
};

}  // namespace

char DelimiterOf(absl::string_view text) {
  if (SeparatorLine(text) > 0) return text[4];
  size_t counts[kDelimiters.size()] = {};
  bool quoted = false;
  bool begun = false;
  for (const char c : text.substr(CommentsOf(text).end)) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (IsLineEnd(c) && begun) break;
    begun = begun || !absl::ascii_isspace(static_cast<unsigned char>(c));
    const size_t kind = kDelimiters.find(c);
    if (kind != absl::string_view::npos) ++counts[kind];
  }
  const auto most = std::max_element(std::begin(counts), std::end(counts));
  return kDelimiters[static_cast<size_t>(most - std::begin(counts))];
}

absl::StatusOr<std::unique_ptr<RowReader>> OpenDelimitedRows(
    absl::string_view text, absl::string_view file) {
  auto rows = std::make_unique<DelimitedRows>(text, file);
  ISOSHAPE_RETURN_IF_ERROR(rows->ReadHeader());
  return rows;
}

}  // namespace isoshape
