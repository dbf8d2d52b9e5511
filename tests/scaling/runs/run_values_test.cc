// What a file says of its runs: sizes, tokens and FLOPs, units, budgets,
// weights.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/scaling/runs/run_file_reading.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(RunValuesTest, WhatIsMissingOfTheThreeComesFromTheOthers) {
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

TEST(RunValuesTest, ASingleBlankCellComesFromTheOthersOfItsRow) {
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
  // A count is 1 or more, PF-days of a small run are not: 0.0139 here.
  const RunFile days = Read(
      "params,tokens,loss,flops_pf_days\n1e8,1e9,3,0.00694444\n1e8,2e9,3,\n");
  EXPECT_THAT(days.runs.flops, ElementsAre(testing::DoubleNear(6e17, 1e13),
                                           testing::DoubleNear(1.2e18, 1e13)));
  EXPECT_THAT(days.notes,
              Contains(HasSubstr("flops is blank in 1 row (line 3)")));
  EXPECT_THAT(giga.notes[0], HasSubstr("flops / (12 (the median of the other"));
  // Of two rows, 6 and 8.64 FLOPs a parameter and token.
  const RunFile two = Read(
      "params,tokens,loss,flops\n1e8,1e9,3,6e17\n1e8,2e9,3,1.728e18\n"
      "1e8,,3,7.2e17\n");
  EXPECT_THAT(two.notes[0], HasSubstr("flops / (7.2 (the median of the other"));
}

TEST(RunValuesTest, ARowThatContradictsItselfIsNamed) {
  std::string text = "params,tokens,loss,flops\n";
  for (const char* row :
       {"1e6,1e7,3,6e13", "1e6,2e7,3,1.2e14", "1e6,3e7,3,1.8e14",
        "1e6,4e7,3,2.4e14", "1e6,5e10,3,3e14"}) {
    absl::StrAppend(&text, row, "\n");
  }
  EXPECT_THAT(Read(text).warnings,
              ElementsAre("runs.csv:6: flops 3e14 is 0.001 times 6 x params x "
                          "tokens, unlike the other rows: look at params "
                          "1e6, tokens 5e10 and flops there"));
}

TEST(RunValuesTest, FlopsInAnotherUnitAreNoticed) {
  // 6e17 and 1.2e18 FLOPs as GFLOPs, in a column that does not say so.
  const std::string rows = "1e8,1e9,3,6e8\n1e8,2e9,3,1.2e9\n";
  const RunFile plain = Read("params,tokens,loss,flops\n" + rows);
  EXPECT_THAT(plain.runs.flops, ElementsAre(6e17, 1.2e18));
  EXPECT_THAT(plain.warnings,
              ElementsAre("6 x params x tokens is about 1e9 times flops in "
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
TEST(RunValuesTest, DictionariesInCellsAreNamed) {
  ExpectRefused(
      ",summary,config,name\n"
      "0,\"{'val_loss': 3.5}\",\"{'n_params': 1000000}\",fox\n",
      "runs.csv:1:1: no column is named 'params' among the 4, '', 'summary', "
      "'config', 'name'; name the one to use by --column params=NAME; "
      "'summary', 'config' hold dictionaries, which are no columns: write the "
      "table by df.to_json(orient=\"records\")");
}

TEST(RunValuesTest, NumbersOfTwoStylesAreRefused) {
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

TEST(RunValuesTest, NumbersThatNoRunHasAreRefused) {
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

// What is infinite is no blank that other columns could fill.
TEST(RunValuesTest, InfiniteCountsAreNamedWhereTheyStand) {
  for (const char* bad : {"1e400", "inf", "-Infinity", "Inf"}) {
    ExpectRefused(absl::StrCat("params,tokens,loss,flops\n1e6,2e7,3,1.2e14\n",
                               bad, ",2e7,3,1.2e14\n"),
                  absl::StrCat("runs.csv:3:1: params '", bad, "' is read as "));
  }
  ExpectRefused(
      "params,tokens,loss,flops\n1e6,inf,3,1.2e14\n",
      "runs.csv:2:5: tokens 'inf' is read as inf, beyond what any run "
      "has");
  // Of a loss it is a run that diverged.
  EXPECT_THAT(Read("params,tokens,loss\n1e6,2e7,inf\n1e6,3e7,3\n").runs.loss,
              ElementsAre(3));
}

TEST(RunValuesTest, CommentsBeforeTheHeaderArePassedOver) {
  const RunFile file =
      Read("# exported by us, on a Sunday\n#\nparams,tokens,loss\n1e6,2e7,3\n");
  EXPECT_THAT(file.runs.loss, ElementsAre(3));
  EXPECT_THAT(file.runs.line, ElementsAre(4));
  EXPECT_THAT(
      Read("# a; b; c; d\r\nparams,tokens,loss\r\n1e6,2e7,3\r\n").runs.loss,
      ElementsAre(3));
  // As NumPy writes a header.
  EXPECT_THAT(Read("# params,tokens,loss\n1e6,2e7,3\n1e6,3e7,4\n").runs.loss,
              ElementsAre(3, 4));
  // A `#` of the first name is no comment.
  EXPECT_THAT(Read("#id,params,tokens,loss\na,1e6,2e7,3\n").runs.loss,
              ElementsAre(3));
  ExpectRefused("# note\nparams,tokens,loss\n1e6,x,3\n",
                "runs.csv:3:5: tokens 'x' is not a number");
}

TEST(RunValuesTest, CharactersThatAreNotSeenAreNamedInMessages) {
  ExpectRefused(
      "params,tokens,loss\n1,2,\xE2\x80\xAE"
      "3\n",
      "runs.csv:2:5: loss '<U+202E>3' is not a number");
}

TEST(RunValuesTest, BudgetsWithinTheToleranceAreOne) {
  const std::string text =
      "params,tokens,loss,budget\n1,2,3,1e18\n2,3,4,1.05e18\n3,4,5,3e18\n";
  const RunFile file = Read(text);
  EXPECT_EQ(file.runs.budget[0], file.runs.budget[1]);
  EXPECT_NEAR(file.runs.budget[0], 1e18 * std::sqrt(1.05), 1e9);
  EXPECT_EQ(file.runs.budget[2], 3e18);
  EXPECT_THAT(file.notes,
              ElementsAre("the 3 values of budget within a factor 1.1 are 2 "
                          "budgets: 1.025e18 (2 runs), 3e18 (1 run)"));
  EXPECT_THAT(Read(text, {.budget_tolerance = 1.01}).runs.budget,
              ElementsAre(1e18, 1.05e18, 3e18));
  EXPECT_EQ(ReadError(text, {.budget_tolerance = 0.9}).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RunValuesTest, BudgetsMayHaveNames) {
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

TEST(RunValuesTest, FlopsThatFallIntoLevelsMakeBudgets) {
  std::string text = "params,tokens,loss\n";
  for (const double budget : {6e18, 6e19}) {
    for (const double size : {1e7, 2e7, 4e7}) {
      absl::StrAppend(&text, size, ",", budget / 6 / size, ",3\n");
    }
  }
  const RunFile file = Read(text);
  EXPECT_THAT(file.notes,
              ElementsAre("the FLOPs of the runs make 2 budgets: 6e18 (3 "
                          "runs), 6e19 (3 runs)"));
  // A level of one size is none.
  EXPECT_THAT(Read(text + "1e9,1e12,2\n").runs.budget, IsEmpty());
}

TEST(RunValuesTest, WeightsAreRelativeAndZeroLeavesARunOut) {
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

TEST(RunValuesTest, AWeightThatIsNoneIsRefusedWithItsPlace) {
  const std::string head = "params,tokens,loss,weight\n1e6,2e7,3.5,1\n";
  ExpectRefused(head + "2e6,4e7,3.4,-1\n", "runs.csv:3:13: weight '-1'");
  ExpectRefused(head + "2e6,4e7,3.4,nan\n", "runs.csv:3:13: weight 'nan'");
  ExpectRefused(head + "2e6,4e7,3.4,\n", "runs.csv:3:13: the weight is blank");
  EXPECT_EQ(ReadError("params,tokens,loss,weight\n1e6,2e7,3.5,0\n").code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
