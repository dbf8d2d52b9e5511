#include "scaling/runs/run_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

RunFile Read(const std::string& text, const RunFormat& format = {}) {
  absl::StatusOr<RunFile> file = ReadRuns(text, "runs.csv", format);
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? *std::move(file) : RunFile();
}

absl::Status ReadError(const std::string& text, const RunFormat& format = {}) {
  return ReadRuns(text, "runs.csv", format).status();
}

// That reading fails with INVALID_ARGUMENT and this beginning.
void ExpectRefused(const std::string& text, const std::string& begin,
                   const RunFormat& format = {}) {
  const absl::Status status = ReadError(text, format);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), StartsWith(begin));
  EXPECT_THAT(std::string(status.message()), testing::Not(HasSubstr("\n")));
}

TEST(RunFileTest, ReadsTheNamedColumnsAndIgnoresTheOthers) {
  const RunFile file = Read(
      "\xEF\xBB\xBFnote,params,tokens,loss,width\r\n"
      "\"a, \"\"b\"\"\",1e6, 2e7 ,3.5,128\r\n"
      "\r\n"
      "x,2000000,4e7,3.25,256\r\n");
  EXPECT_THAT(file.runs.params, ElementsAre(1e6, 2e6));
  EXPECT_THAT(file.runs.tokens, ElementsAre(2e7, 4e7));
  EXPECT_THAT(file.runs.loss, ElementsAre(3.5, 3.25));
  EXPECT_THAT(file.runs.width, ElementsAre(128, 256));
  EXPECT_THAT(file.runs.flops, IsEmpty());
  EXPECT_THAT(file.runs.line, ElementsAre(2, 4));
  EXPECT_THAT(file.notes, IsEmpty());
  EXPECT_THAT(
      file.columns,
      UnorderedElementsAre(Pair("params", "params"), Pair("tokens", "tokens"),
                           Pair("loss", "loss"), Pair("width", "width")));
}

TEST(RunFileTest, OtherNamesAndConditionsSelectColumnsAndRows) {
  const Runs runs = Read(
                        "N,D,val,C,used,trunk\n1,2,3,12,1,a\n4,5,6,oops,0,b\n"
                        "7,8,9,336,1,a\n7,8,9,336,1,c\n",
                        {.params = "N",
                         .tokens = "D",
                         .loss = "val",
                         .flops = "C",
                         .run = "trunk",
                         .where = {{"used", "1"}}})
                        .runs;
  EXPECT_THAT(runs.loss, ElementsAre(3, 9, 9));
  EXPECT_THAT(runs.flops, ElementsAre(12, 336, 336));
  EXPECT_THAT(runs.run, ElementsAre("a", "a", "c"));
  EXPECT_THAT(runs.size, ElementsAre(1, 7, 7));
  EXPECT_EQ(runs.measure, SizeMeasure::kParams);
}

TEST(RunFileTest, ErrorsNameFileLineColumnValueAndRemedy) {
  ExpectRefused(
      "params,tokens\n1,2\n",
      "runs.csv:1:1: no column is named 'loss' among the 2, "
      "'params', 'tokens'; name the one to use by --column loss=NAME");
  ExpectRefused("params,tokens,loss\n1,2,3\n\n1,x2,3\n",
                "runs.csv:4:3: tokens 'x2' is not a number; correct it");
  ExpectRefused("params,tokens,loss\n1,2\n",
                "runs.csv:2:1: 2 fields where the header has 3; complete");
  ExpectRefused("params,tokens,loss\n1,2,3,4\n",
                "runs.csv:2:7: 4 fields where the header has 3; put");
  ExpectRefused("loss,params,tokens,loss\n1,2,3,4\n",
                "runs.csv:1:20: a second column is named 'loss'; rename one");
  ExpectRefused("params,tokens,loss\n\"1,2,3\n",
                "runs.csv:2:1: the quote is not closed; add");
  ExpectRefused("params,tokens,loss\n\"1\"x,2,3\n",
                "runs.csv:2:4: text follows the closing quote; double");
  ExpectRefused("", "runs.csv:1:1: the file is empty; the first line");
  ExpectRefused("\r\n \n", "runs.csv:1:1: the file is empty");
  ExpectRefused("params tokens loss\n1 2 3\n",
                "runs.csv:1:1: no column is named 'params': there is one "
                "column, 'params tokens loss'");
  ExpectRefused("params,tokens,loss\n1,2,3\n",
                "runs.csv:1:1: no column is named 'C'", {.flops = "C"});
  ExpectRefused("params,tokens,loss\n1,2,3\n",
                "runs.csv:1:1: no column is named 'x' among the 3, 'params', "
                "'tokens', 'loss'; name the one to use by --where NAME=TEXT",
                {.where = {{"x", "1"}}});
}

TEST(RunFileTest, AMissingColumnListsTwentyNames) {
  std::string header = "a0";
  for (int i = 1; i < 96; ++i) absl::StrAppend(&header, ",a", i);
  const std::string message(ReadError(header + "\n").message());
  EXPECT_THAT(message, HasSubstr("among the 96, 'a0', "));
  EXPECT_THAT(message, HasSubstr("'a19' and 76 more; name"));
  EXPECT_LT(message.size(), 400);
  // A name of any length is cut.
  const std::string longest(
      ReadError(std::string(9999, 'x') + ",b\n").message());
  EXPECT_LT(longest.size(), 300);
}

TEST(RunFileTest, NoRowIsAFailedPrecondition) {
  const std::string header = "params,tokens,loss\n";
  for (const auto& status :
       {ReadError(header), ReadError(header + "1,2,\n1,2,nan\n"),
        ReadError(header + "1,2,3\n", {.where = {{"loss", "4"}}})}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  }
  EXPECT_EQ(ReadError(header + "1,2,\n1,2,nan\n").message(),
            "runs.csv: no row is left, 2 of 2 rows left out: no loss (lines 2, "
            "3); complete them, or name other columns by --column");
}

TEST(RunFileTest, RowsWithoutANeededNumberAreLeftOutAndCounted) {
  const std::string text =
      "params,tokens,loss\n1,2,3\n2,3,\n3,4,NaN\n4,5,-1\n5,6,inf\n6,,3\n7,8,"
      "4\n";
  const RunFile file = Read(text);
  EXPECT_THAT(file.runs.loss, ElementsAre(3, 4));
  EXPECT_THAT(file.runs.line, ElementsAre(2, 8));
  EXPECT_THAT(file.notes,
              ElementsAre("5 of 7 rows left out: loss not above 0 (line 5), no "
                          "loss (lines 3, 4, 6), no tokens (line 7)"));
  ExpectRefused(text, "runs.csv:3:5: loss '' is not a finite number above 0",
                {.strict = true});
  for (const char* bad : {"0", "-1", "nan", "inf", "1e999", "N/A", "null"}) {
    ExpectRefused(
        absl::StrCat("params,tokens,loss\n1,2,", bad, "\n"),
        absl::StrCat("runs.csv:2:5: loss '", bad, "' is not a finite number"),
        {.strict = true});
  }
}

TEST(RunFileTest, ColumnsThatTheLawDoesNotNeedMayHoldAnything) {
  const std::string text =
      "params,tokens,loss,width,depth\n1,2,3,64,4\n2,3,4,,\n3,4,5,wide,8\n";
  const RunFile file = Read(text);
  EXPECT_EQ(file.runs.rows(), 3);
  EXPECT_FALSE(file.runs.has_shapes());
  EXPECT_THAT(file.notes,
              ElementsAre("width is not used: 2 of 3 rows have no number there "
                          "(lines 3, 4)",
                          "depth is not used: 1 of 3 rows have no number there "
                          "(line 3); a law that needs it (--law) leaves them "
                          "out"));
  const std::vector<RunColumn> shape = {RunColumn::kWidth, RunColumn::kDepth};
  ExpectRefused(text, "runs.csv:4:7: width 'wide' is not a number",
                {.needed = shape});
  const RunFile needed =
      Read("params,tokens,loss,width,depth\n1,2,3,64,4\n2,3,4,,\n",
           {.needed = shape});
  EXPECT_THAT(needed.runs.width, ElementsAre(64));
  EXPECT_THAT(needed.notes,
              ElementsAre("1 of 2 rows left out: no width (line 3)"));
}

TEST(RunFileTest, LatencyMayBeBlankWhereItWasNotMeasured) {
  const std::string header = "params,tokens,loss,decode_seconds\n";
  const Runs runs = Read(header + "1,2,3,0.004\n4,5,6,\n").runs;
  EXPECT_EQ(runs.decode_seconds[0], 0.004);
  EXPECT_TRUE(std::isnan(runs.decode_seconds[1]));
  EXPECT_TRUE(CheckRuns(runs).ok());
  EXPECT_THAT(Read(header + "1,2,3,-1\n").runs.decode_seconds, IsEmpty());
}

TEST(RunFileTest, EqualRowsAreUsedOnce) {
  const std::string text =
      "params,tokens,loss,note\n1,2,3,a\n1,2,3,b\n1,2,3,a\n4,5,6,a\n1,2,3,a\n";
  const RunFile file = Read(text);
  EXPECT_THAT(file.runs.line, ElementsAre(2, 3, 5));
  EXPECT_THAT(file.notes,
              ElementsAre("2 of 5 rows are the same as another and used once "
                          "(lines 4, 6); --keep-duplicates keeps them"));
  EXPECT_EQ(Read(text, {.keep_duplicates = true}).runs.rows(), 5);
}

TEST(RunFileTest, ABlankRunIsARunOfItsOwn) {
  const RunFile file =
      Read("params,tokens,loss,run\n1,2,3,a\n2,3,4,\n3,4,5,a\n4,5,6,\n");
  EXPECT_THAT(GroupNumbers(file.runs.run), ElementsAre(0, 1, 0, 2));
  EXPECT_THAT(file.notes,
              ElementsAre(HasSubstr("blank in 2 rows (lines 3, 5)")));
  for (const char* run : {"", "sweep1"}) {
    const RunFile one = Read(absl::StrCat("params,tokens,loss,run\n1,2,3,", run,
                                          "\n2,3,4,", run, "\n"));
    EXPECT_THAT(one.runs.run, IsEmpty());
    EXPECT_THAT(one.notes, ElementsAre(HasSubstr("in all rows")));
  }
}

TEST(RunFileTest, WhatIsMissingOfTheThreeComesFromTheOthers) {
  EXPECT_THAT(Read("params,flops,loss\n10,600,3\n").runs.tokens,
              ElementsAre(10));
  EXPECT_THAT(Read("tokens,flops,loss\n5,600,3\n").runs.params,
              ElementsAre(20));
  const RunFile budget = Read("params,budget,loss\n10,600,3\n10,,3\n");
  EXPECT_THAT(budget.runs.tokens, ElementsAre(10));
  EXPECT_THAT(budget.notes,
              ElementsAre("1 of 2 rows left out: no budget (line 3)",
                          "tokens = budget / (6 x params), as no column has "
                          "them"));
  ExpectRefused("params,budget,loss\n10,small,3\n",
                "runs.csv:2:4: budget 'small' is not a number");
}

TEST(RunFileTest, ASingleBlankCellComesFromTheOthersOfItsRow) {
  const std::string header = "params,tokens,loss,flops\n1e6,1e7,3,6e13\n";
  const RunFile file = Read(header +
                            "2e6,,3,1.2e14\n,3e7,3,1.8e14\n2e6,3e7,3,\n"
                            ",,3,6e13\n4e6,nan,3,\n");
  EXPECT_THAT(file.runs.params, ElementsAre(1e6, 2e6, 1e6, 2e6));
  EXPECT_THAT(file.runs.tokens, ElementsAre(1e7, 1e7, 3e7, 3e7));
  EXPECT_THAT(file.runs.flops, ElementsAre(6e13, 1.2e14, 1.8e14, 3.6e14));
  EXPECT_THAT(
      file.notes,
      ElementsAre("params is blank in 1 row (line 4) and taken as flops / (6 x "
                  "tokens)",
                  "tokens is blank in 1 row (line 3) and taken as flops / (6 x "
                  "params)",
                  "flops is blank in 1 row (line 5) and taken as 6 x params x "
                  "tokens",
                  "2 of 6 rows left out: no params (line 6), no tokens (line "
                  "7)"));
  // By the unit and the ratio of the other rows.
  const RunFile giga = Read(
      "params,tokens,loss,flops\n1e8,1e9,3,1.2e9\n1e8,,3,2.4e9\n1e8,3e9,3,\n");
  EXPECT_THAT(giga.runs.tokens,
              ElementsAre(1e9, testing::DoubleNear(2e9, 1), 3e9));
  EXPECT_THAT(giga.runs.flops,
              ElementsAre(1.2e18, 2.4e18, testing::DoubleNear(3.6e18, 1e6)));
  EXPECT_THAT(giga.notes[0], HasSubstr("flops / (12 (the median of the other"));
}

TEST(RunFileTest, ARowThatContradictsItselfIsNamed) {
  std::string text = "params,tokens,loss,flops\n";
  for (const char* row :
       {"1e6,1e7,3,6e13", "1e6,2e7,3,1.2e14", "1e6,3e7,3,1.8e14",
        "1e6,4e7,3,2.4e14", "1e6,5e10,3,3e14"}) {
    absl::StrAppend(&text, row, "\n");
  }
  EXPECT_THAT(Read(text).warnings,
              ElementsAre("runs.csv:6: flops 3e+14 is 0.001 times 6 x params x "
                          "tokens, unlike the other rows: look at params "
                          "1e+06, tokens 5e+10 and flops there"));
}

TEST(RunFileTest, FlopsInAnotherUnitAreNoticed) {
  // 6e17 and 1.2e18 FLOPs as GFLOPs, in a column that does not say so.
  const std::string rows = "1e8,1e9,3,6e8\n1e8,2e9,3,1.2e9\n";
  const RunFile plain = Read("params,tokens,loss,flops\n" + rows);
  EXPECT_THAT(plain.runs.flops, ElementsAre(6e17, 1.2e18));
  EXPECT_THAT(plain.warnings,
              ElementsAre("6 x params x tokens is about 1e+09 times flops in "
                          "all 2 rows: flops is taken as gigaFLOPs; write "
                          "FLOPs"));
  const RunFile named = Read("params,tokens,loss,train_gflops\n" + rows);
  EXPECT_THAT(named.runs.flops, ElementsAre(6e17, 1.2e18));
  EXPECT_THAT(named.warnings, IsEmpty());
  const RunFile half =
      Read("params,tokens,loss,flops\n1e8,1e9,3,2e17\n1e8,2e9,3,4e17\n");
  EXPECT_THAT(half.runs.flops, ElementsAre(2e17, 4e17));
  EXPECT_THAT(half.warnings, ElementsAre(HasSubstr("forward passes alone")));
  const RunFile off =
      Read("params,tokens,loss,flops\n1e8,1e9,3,6e23\n1e8,2e9,3,1e24\n");
  EXPECT_THAT(off.warnings, ElementsAre(HasSubstr("look at the units")));
}

// What pandas writes of the frame that W&B's documentation makes of its API.
TEST(RunFileTest, DictionariesInCellsAreNamed) {
  ExpectRefused(
      ",summary,config,name\n"
      "0,\"{'val_loss': 3.5}\",\"{'n_params': 1000000}\",fox\n",
      "runs.csv:1:1: no column is named 'params' among the 4, '', 'summary', "
      "'config', 'name'; name the one to use by --column params=NAME; "
      "'summary', 'config' hold dictionaries, which are no columns: write the "
      "table by df.to_json(orient=\"records\")");
}

TEST(RunFileTest, NumbersOfTwoStylesAreRefused) {
  const std::string header = "params;tokens;loss\n";
  // Decimal commas among decimal dots, whichever comes first.
  ExpectRefused(header + "1000000;2e7;3.5\n1,5;4e7;3.25\n",
                "runs.csv:3:1: '1,5' has comma before decimals, where '3.5' of "
                "line 2 has dot before decimals; write all numbers in one way");
  ExpectRefused(header + "1000000;2e7;3,5\n2000000;4e7;3.25\n",
                "runs.csv:3:13: '3.25' has dot before decimals, where '3,5' of "
                "line 2 has comma before decimals");
  ExpectRefused(header + "1,000,000;2e7;3\n2.000.000;4e7;3\n",
                "runs.csv:3:1: '2.000.000' has dots between thousands, where "
                "'1,000,000' of line 2 has commas between thousands");
  ExpectRefused(header + "1000000;2e7;3.5\n2000000;4e7;3,898\n",
                "runs.csv:3:13: '3,898' has a comma, where '3.5' of line 2 has "
                "dot before decimals");
  ExpectRefused(header + "1,49,088;2e7;3\n",
                "runs.csv:2:1: params '1,49,088' is not a number");
  // One mark says what the other is.
  EXPECT_THAT(Read(header + "1.234;2.500;3,25\n").runs.params,
              ElementsAre(1234));
  EXPECT_THAT(Read(header + "1,234;2,500;3.25\n").runs.tokens,
              ElementsAre(2500));
}

TEST(RunFileTest, NumbersThatNoRunHasAreRefused) {
  const std::string header = "params,tokens,loss\n1e6,2e7,3\n";
  ExpectRefused(header + "1e308,2e7,3\n",
                "runs.csv:3:1: params '1e308' is read as 1e+308, beyond what "
                "any run has (1 to 1e+18); correct it, or leave the row out by "
                "--where");
  ExpectRefused(header + "1e6,1e-308,3\n",
                "runs.csv:3:5: tokens '1e-308' is read as 1e-308, which is no "
                "count; write tokens in full");
  ExpectRefused(header + "1e6,2e7,1e308\n",
                "runs.csv:3:9: loss '1e308' is read as 1e+308, beyond what any "
                "run has (1e-09 to 1e+06)");
  ExpectRefused(header + "1e6,2e7,1e-308\n", "runs.csv:3:9: loss '1e-308'");
  ExpectRefused(header + "0x10,2e7,3\n",
                "runs.csv:3:1: params '0x10' is not a number");
  // Sizes in a unit that is not said, and decimal commas.
  ExpectRefused("params,tokens,loss\n0.07,1.4,3\n",
                "runs.csv:2:1: params '0.07' is read as 0.07, which is no "
                "count; write params in full, or with the unit in the cell "
                "(9.9M) or in the column's name (params_m)");
  ExpectRefused("params;tokens;loss\n1,5;2000;3\n",
                "runs.csv:2:1: params '1,5' is read as 1.5, which is no count");
  EXPECT_THAT(Read("params_b,tokens_b,loss\n0.07,1.4,3\n").runs.params,
              ElementsAre(7e7));
  // What nobody needs may hold anything.
  const RunFile file =
      Read("params,tokens,loss,flops,budget\n1e6,2e7,3,1e99,inf\n");
  EXPECT_THAT(file.runs.flops, IsEmpty());
  EXPECT_THAT(file.notes, testing::Contains(StartsWith(
                              "flops is not used: 1 of 1 rows have no number "
                              "there (line 2)")));
  ExpectRefused("params,flops,loss\n1e6,1e99,3\n",
                "runs.csv:2:5: flops '1e99' is read as 1e+99, beyond what");
}

TEST(RunFileTest, CharactersThatAreNotSeenAreNamedInMessages) {
  ExpectRefused(
      "params,tokens,loss\n1,2,\xE2\x80\xAE"
      "3\n",
      "runs.csv:2:5: loss '<U+202E>3' is not a number");
}

TEST(RunFileTest, BudgetsWithinTheToleranceAreOne) {
  const std::string text =
      "params,tokens,loss,budget\n1,2,3,1e18\n2,3,4,1.05e18\n3,4,5,3e18\n";
  const RunFile file = Read(text);
  EXPECT_EQ(file.runs.budget[0], file.runs.budget[1]);
  EXPECT_NEAR(file.runs.budget[0], 1e18 * std::sqrt(1.05), 1e9);
  EXPECT_EQ(file.runs.budget[2], 3e18);
  EXPECT_THAT(file.notes,
              ElementsAre("the 3 values of budget within a factor 1.1 are 2 "
                          "budgets: 1.025e+18 (2 runs), 3e+18 (1 run)"));
  EXPECT_THAT(Read(text, {.budget_tolerance = 1.01}).runs.budget,
              ElementsAre(1e18, 1.05e18, 3e18));
  EXPECT_EQ(ReadError(text, {.budget_tolerance = 0.9}).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RunFileTest, BudgetsMayHaveNames) {
  const std::string header = "params,tokens,loss,flops,budget\n";
  const RunFile file = Read(header +
                            "1,10,3,60,small\n2,5,4,60,small\n"
                            "10,10,2,600,large\n1,100,2,600,large\n");
  EXPECT_THAT(file.runs.budget, ElementsAre(60, 60, 600, 600));
  const RunFile mixed = Read(header + "1,10,3,60,small\n10,10,2,600,small\n");
  EXPECT_THAT(mixed.runs.budget, IsEmpty());
  EXPECT_THAT(mixed.notes,
              ElementsAre(HasSubstr("'small' has runs of 60 to 600 FLOPs")));
}

TEST(RunFileTest, FlopsThatFallIntoLevelsMakeBudgets) {
  std::string text = "params,tokens,loss\n";
  for (const double budget : {6e18, 6e19}) {
    for (const double size : {1e7, 2e7, 4e7}) {
      absl::StrAppend(&text, size, ",", budget / 6 / size, ",3\n");
    }
  }
  const RunFile file = Read(text);
  EXPECT_THAT(file.notes,
              ElementsAre("the FLOPs of the runs make 2 budgets: 6e+18 (3 "
                          "runs), 6e+19 (3 runs)"));
  // A level of one size is none.
  EXPECT_THAT(Read(text + "1e9,1e12,2\n").runs.budget, IsEmpty());
}

TEST(RunFileTest, WeightsAreRelativeAndZeroLeavesARunOut) {
  const RunFile file = Read(
      "params,tokens,loss,weight\n"
      "1e6,2e7,3.5,2\n"
      "2e6,4e7,3.4,0\n"
      "3e6,4e7,,5\n"
      "4e6,4e7,3.2,6\n");
  EXPECT_THAT(file.runs.params, ElementsAre(1e6, 4e6));
  EXPECT_THAT(file.runs.weight, ElementsAre(0.5, 1.5));
  EXPECT_THAT(file.notes, testing::Contains(HasSubstr("weight 0 (line 3)")));
  EXPECT_THAT(file.notes, testing::Contains(
                              HasSubstr("by the column weight, from 2 to 6")));
  EXPECT_THAT(Read("params,tokens,loss,weight\n1e6,2e7,3.5,2\n"
                   "2e6,4e7,3.4,2\n")
                  .runs.weight,
              IsEmpty());
}

TEST(RunFileTest, AWeightThatIsNoneIsRefusedWithItsPlace) {
  const std::string head = "params,tokens,loss,weight\n1e6,2e7,3.5,1\n";
  ExpectRefused(head + "2e6,4e7,3.4,-1\n", "runs.csv:3:13: weight '-1'");
  ExpectRefused(head + "2e6,4e7,3.4,nan\n", "runs.csv:3:13: weight 'nan'");
  ExpectRefused(head + "2e6,4e7,3.4,\n", "runs.csv:3:13: the weight is blank");
  EXPECT_EQ(ReadError("params,tokens,loss,weight\n1e6,2e7,3.5,0\n").code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
