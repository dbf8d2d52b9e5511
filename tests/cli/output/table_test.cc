#include "cli/output/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace isoshape {
namespace {

TEST(TableTest, ColumnsAreAlignedWithoutTrailingSpaces) {
  Table table({{"TRIAL"}, {"LOSS", Table::kRight}, {"NOTE"}});
  table.AddRow({"c1/7", "1.7702", ""});
  table.AddRow({"c1/12", "2.1", "last"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(),
            "TRIAL    LOSS  NOTE\n"
            "c1/7   1.7702\n"
            "c1/12     2.1  last\n");
}

TEST(TableTest, AShortRowIsFilledUp) {
  Table table({{"A"}, {"B"}});
  table.AddRow({"x"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(), "A  B\nx\n");
}

TEST(TableTest, IsABlockForEachRowOnANarrowTerminal) {
  Table table({{"TRIAL"}, {"LOSS", Table::kRight}, {"NOTE"}});
  table.AddRow({"c1/7", "1.7702", ""});
  table.AddRow({"c1/12", "2.1", std::string(40, 'x')});
  std::ostringstream narrow;
  table.Print(narrow, 40);
  EXPECT_EQ(narrow.str(),
            "TRIAL  c1/7\nLOSS   1.7702\n\nTRIAL  c1/12\nLOSS   2.1\n"
            "NOTE   " +
                std::string(40, 'x') + "\n");
  std::ostringstream wide;
  table.Print(wide, 80);
  std::ostringstream file;
  table.Print(file);
  EXPECT_EQ(wide.str(), file.str());
}

TEST(TableTest, WidthCountsCharactersNotBytes) {
  EXPECT_EQ(DisplayWidth("H\xC3\xA4gele"), 6U);
}

TEST(TableTest, FieldsLineUp) {
  std::ostringstream out;
  PrintFields({{"a", "1"}, {"long", "2"}}, out);
  EXPECT_EQ(out.str(), "a     1\nlong  2\n");
}

TEST(TableTest, ALongFieldHasItsPartsBelowEachOther) {
  std::ostringstream out;
  const std::string part(60, 'x');
  PrintFields({{"a", "1; 2"}, {"long", part + "; " + part}}, out);
  EXPECT_EQ(out.str(), "a     1; 2\nlong  " + part + ";\n      " + part + "\n");
}

}  // namespace
}  // namespace isoshape
