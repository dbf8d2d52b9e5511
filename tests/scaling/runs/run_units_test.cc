// Columns in a unit that nobody said, in some rows or all, and runs without a
// name.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/scaling/runs/run_file_reading.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Ten rows of 1e7 to 1e8 parameters at 20 tokens each. In the first `off` rows
// each column is divided by its factor.
struct Slip {
  int off = 0;
  double params = 1, tokens = 1, flops = 1;
};
std::string Table(const Slip& slip, bool with_flops = true) {
  std::string text =
      absl::StrCat("params,tokens,loss", with_flops ? ",flops\n" : "\n");
  for (int i = 1; i <= 10; ++i) {
    const double size = 1e7 * i;
    const double tokens = 20 * size;
    const bool off = i <= slip.off;
    absl::StrAppend(&text, size / (off ? slip.params : 1), ",",
                    tokens / (off ? slip.tokens : 1), ",", 4 - 0.1 * i);
    if (with_flops) {
      absl::StrAppend(&text, ",", 6 * size * tokens / (off ? slip.flops : 1));
    }
    text += '\n';
  }
  return text;
}

// With more than a fifth of the rows off nothing was said; with most, the rows
// that are right were named.
TEST(RunUnitsTest, MixedUnitsAreNamedHoweverManyRowsHaveThem) {
  for (const int off : {3, 5, 7, 9}) {
    SCOPED_TRACE(off);
    const RunFile file = Read(Table({.off = off, .flops = 1e9}));
    EXPECT_THAT(
        file.warnings,
        ElementsAre(AllOf(
            HasSubstr(absl::StrCat("about 1e-9 times 6 x params x tokens in ",
                                   off, " rows (lines 2, 3, 4")),
            HasSubstr(absl::StrCat("about 1 times 6 x params x tokens in ",
                                   10 - off, off == 9 ? " row" : " rows")),
            HasSubstr("write each column in one unit; flops is not used"))));
    EXPECT_THAT(file.runs.flops, IsEmpty());
    EXPECT_EQ(file.columns.count("flops"), 0);
  }
  // Whichever column it is.
  EXPECT_THAT(Read(Table({.off = 4, .tokens = 1e3})).warnings,
              ElementsAre(HasSubstr("about 1e3 times 6 x params x tokens in "
                                    "4 rows (lines 2, 3, 4, 5)")));
  // A law that needs the column is not fitted to it.
  ExpectRefused(Table({.off = 4, .flops = 1e9}),
                "runs.csv:2:1: params, tokens and flops are not of one unit",
                {.needed = {RunColumn::kFlops}});
}

TEST(RunUnitsTest, AFifthOfTheRowsOrLessAreSlips) {
  const RunFile file = Read(Table({.off = 2, .flops = 1e9}));
  EXPECT_THAT(file.warnings, ElementsAre(StartsWith("runs.csv:2: flops "),
                                         StartsWith("runs.csv:3: flops ")));
  EXPECT_EQ(file.runs.flops.size(), 10);
}

TEST(RunUnitsTest, AUnitOfAllRowsIsTakenInSpiteOfASlip) {
  std::string text = Table({.off = 10, .flops = 1e9});
  text += "1e8,2e9,3,1.2e4\n";  // of 1.2e9 gigaFLOPs
  const RunFile file = Read(text);
  EXPECT_EQ(file.runs.flops[0], 1.2e16);
  EXPECT_THAT(file.warnings,
              ElementsAre(HasSubstr("in 10 of 11 rows: flops is taken as "
                                    "gigaFLOPs"),
                          StartsWith("runs.csv:12: flops 1.2e13 is")));
}

// GFLOPs from which tokens or params are derived, and no other column to hold
// them against.
TEST(RunUnitsTest, DerivedCountsThatNoRunHasAreRefused) {
  ExpectRefused("params,flops,loss\n1e8,1.2e9,3\n2e8,4.8e9,2.9\n",
                "runs.csv:2:1: the rows have 2e-8 tokens a parameter in the "
                "median, which no run has; look at the units of params and "
                "flops, and write plain numbers or the unit in the column's "
                "name");
  ExpectRefused("tokens,flops,loss\n2e9,1.2e9,3\n4e9,4.8e9,2.9\n",
                "runs.csv:2:1: the rows have 2e10 tokens a parameter");
}

TEST(RunUnitsTest, TokensAParameterTellOfUnits) {
  // Sizes in thousands that read as plain ones.
  EXPECT_THAT(
      Read(Table({.off = 10, .params = 1e3}, false)).warnings,
      ElementsAre(StartsWith("the rows have 2e4 tokens a parameter in the "
                             "median, where models are trained on 0.1 to "
                             "10000: look at the units of params and tokens")));
  // Tokens in millions in four rows.
  EXPECT_THAT(Read(Table({.off = 4, .tokens = 1e6}, false)).warnings,
              ElementsAre(AllOf(StartsWith("tokens a parameter fall apart, "),
                                HasSubstr("about 2e-5 in 4 rows (lines 2, 3, "
                                          "4, 5)"))));
  // Both in billions.
  EXPECT_THAT(
      Read("params,tokens,loss\n7,140,2\n13,260,1.9\n70,999,1.8\n").warnings,
      ElementsAre(StartsWith("no row has more than 70 params and 999 "
                             "tokens, less than any model")));
  EXPECT_THAT(Read(Table({}, false)).warnings, IsEmpty());
}

// They were one cluster, and so the intervals those of half as many runs.
TEST(RunUnitsTest, RunsWithoutANameAreRunsOfTheirOwn) {
  for (const char* none : {"", "nan", "None", "null", "N/A"}) {
    const RunFile file =
        Read(absl::StrCat("params,tokens,loss,run\n1e6,2e7,3,a\n2e6,4e7,2.9,",
                          none, "\n3e6,6e7,2.8,a\n4e6,8e7,2.7,", none, "\n"));
    EXPECT_THAT(GroupNumbers(file.runs.run), ElementsAre(0, 1, 0, 2)) << none;
    EXPECT_THAT(file.notes,
                Contains(HasSubstr("run is blank in 2 rows (lines 3, 5)")));
  }
  // Rows of JSON may share a line.
  const RunFile json =
      Read(R"([{"params":1e6,"tokens":2e7,"loss":3.1,"run":"a"},)"
           R"({"params":2e6,"tokens":4e7,"loss":3.0,"run":null},)"
           R"({"params":3e6,"tokens":4e7,"loss":2.9},)"
           R"({"params":4e6,"tokens":4e7,"loss":2.8,"run":null}])");
  EXPECT_THAT(GroupNumbers(json.runs.run), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(json.notes, Contains(HasSubstr("blank in 3 rows (line 1)")));
  // A run may have the name that another is given.
  EXPECT_THAT(
      GroupNumbers(Read("params,tokens,loss,run\n1e6,2e7,3,line 3\n2e6,4e7,2.9,"
                        "\n3e6,6e7,2.8,line 3\n")
                       .runs.run),
      ElementsAre(0, 1, 0));
}

// star1.csv was said to have no numbers there.
TEST(RunUnitsTest, AFractionIsNoWidth) {
  const std::string text =
      "params,tokens,loss,width,depth\n1e6,2e7,3,64,4\n2e6,4e7,2.9,90.5,4\n"
      "3e6,6e7,2.8,1200.5,4\n";
  const RunFile file = Read(text);
  EXPECT_FALSE(file.runs.has_shapes());
  EXPECT_THAT(file.notes,
              ElementsAre("width is not used: 2 of 3 rows have no whole "
                          "number, such as 90.5, there (lines 3, 4)"));
  ExpectRefused(text,
                "runs.csv:3:13: width '90.5' is read as 90.5, which is no "
                "whole number and so no width of a model; correct it, or name "
                "another column by --column width=NAME",
                {.needed = {RunColumn::kWidth, RunColumn::kDepth}});
}

}  // namespace
}  // namespace isoshape
