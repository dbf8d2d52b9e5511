#include "cli/output/table.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/console/terminal.h"
#include "common/text/one_line.h"
#include "common/text/text_parts.h"

namespace isoshape {

namespace {

// A terminal with fewer columns is no place for a table that would be broken
// into pieces.
constexpr size_t kNarrow = 60;

// A longer value has its parts below each other, if it has such.
constexpr size_t kLong = 100;

std::vector<std::string> InLines(const std::string& value) {
  if (DisplayWidth(value) <= kLong) return {value};
  std::vector<std::string> lines = absl::StrSplit(value, kBetweenParts);
  for (size_t i = 0; i + 1 < lines.size(); ++i) lines[i] += ';';
  return lines;
}

}  // namespace

size_t DisplayWidth(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  });
}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back(std::move(cells));
}

void Table::Print(std::ostream& out) const {
  const std::optional<size_t> columns =
      &out == &std::cout ? TerminalColumns(STDOUT_FILENO) : std::nullopt;
  Print(out, columns.value_or(std::numeric_limits<size_t>::max()));
}

void Table::Print(std::ostream& out, size_t columns) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) {
      width = std::max(width, DisplayWidth(row[i]));
    }
    widths.push_back(width);
  }
  size_t line_width = 2 * (widths.size() - 1);
  for (const size_t width : widths) line_width += width;
  if (columns < kNarrow && line_width > columns) return PrintAsFields(out);
  const auto print_row = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += "  ";
      const std::string padding(widths[i] - DisplayWidth(cells[i]), ' ');
      line += columns_[i].alignment == kRight ? padding + cells[i]
                                              : cells[i] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  print_row(titles);
  for (const auto& row : rows_) print_row(row);
}

void Table::PrintAsFields(std::ostream& out) const {
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (i > 0) out << '\n';
    std::vector<std::pair<std::string, std::string>> fields;
    for (size_t k = 0; k < columns_.size(); ++k) {
      if (!rows_[i][k].empty()) {
        fields.emplace_back(columns_[k].title, rows_[i][k]);
      }
    }
    PrintFields(fields, out);
  }
}

void PrintFields(const std::vector<std::pair<std::string, std::string>>& fields,
                 std::ostream& out) {
  size_t width = 0;
  for (const auto& [name, value] : fields) {
    width = std::max(width, DisplayWidth(name));
  }
  for (const auto& [name, value] : fields) {
    std::string before =
        name + std::string(width - DisplayWidth(name) + 2, ' ');
    for (const std::string& line : InLines(Printable(value))) {
      out << before << line << '\n';
      before.assign(width + 2, ' ');
    }
  }
}

}  // namespace isoshape
