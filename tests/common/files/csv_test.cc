#include "common/files/csv.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(CsvTest, QuotesWhatHasSeparators) {
  EXPECT_EQ(CsvCell(""), "");
  EXPECT_EQ(CsvCell("plain text"), "plain text");
  EXPECT_EQ(CsvCell("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvCell("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(CsvCell("two\nlines"), "\"two\nlines\"");
}

TEST(CsvTest, AFormulaIsMadeAText) {
  EXPECT_EQ(CsvCell("=1+1"), "'=1+1");
  EXPECT_EQ(CsvCell("=A1,\"x\""), "\"'=A1,\"\"x\"\"\"");
  EXPECT_EQ(CsvCell("@sum"), "'@sum");
  EXPECT_EQ(CsvCell("-x"), "'-x");
  EXPECT_EQ(CsvCell("+1 or more"), "'+1 or more");
  EXPECT_EQ(CsvCell("\t=1"), "'\t=1");
  EXPECT_EQ(CsvCell("\r=1"), "\"'\r=1\"");
}

TEST(CsvTest, ANumberStaysAsItIs) {
  for (const char* number : {"-1.5", "+2", "-1e-9", "-inf", "1=1", "0"}) {
    EXPECT_EQ(CsvCell(number), number);
  }
}

}  // namespace
}  // namespace isoshape
