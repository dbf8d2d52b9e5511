#ifndef ISOSHAPE_CLI_OUTPUT_TABLE_H_
#define ISOSHAPE_CLI_OUTPUT_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

namespace isoshape {

// A table with aligned columns for people. Not thread-safe.
//
//   Table table({{"TRIAL"}, {"LOSS", Table::kRight}});
//   table.AddRow({"c1/7", "1.7702"});
//   table.Print(std::cout);
class Table {
 public:
  enum Alignment { kLeft, kRight };
  struct Column {
    std::string title;
    Alignment alignment = kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell for each column; missing ones are empty.
  void AddRow(std::vector<std::string> cells);
  // The titles, then the rows; columns are two spaces apart, without spaces at
  // the end of a line. Standard output is looked at for how wide it is.
  void Print(std::ostream& out) const;
  // On a terminal of so many columns: if the table does not fit and there are
  // fewer than 60, each row is a block of `TITLE  cell` lines instead.
  void Print(std::ostream& out, size_t columns) const;

 private:
  void PrintAsFields(std::ostream& out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// `name  value` lines, for one thing with many fields.
void PrintFields(const std::vector<std::pair<std::string, std::string>>& fields,
                 std::ostream& out);

// Columns that `text` takes on a terminal: its UTF-8 code points.
size_t DisplayWidth(const std::string& text);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_TABLE_H_
