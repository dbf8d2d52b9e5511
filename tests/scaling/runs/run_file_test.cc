#include "scaling/runs/run_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/scaling/runs/run_file_reading.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

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

// They differed in when they were exported, and halved the standard errors.
TEST(RunFileTest, RowsThatAreReadAlikeAreUsedOnce) {
  const std::string text =
      "params,tokens,loss,exported\n1e6,2e7,3.14159,mon\n"
      "1e6,2e7,3.14159,tue\n1e6,2e7,3.2,mon\n1e6,2e7,3.2,tue\n";
  const RunFile once = Read(text);
  EXPECT_THAT(once.runs.loss, ElementsAre(3.14159, 3.2, 3.2));
  EXPECT_THAT(once.notes, ElementsAre(HasSubstr("line 3")));
  EXPECT_EQ(Read(text, {.keep_duplicates = true}).runs.rows(), 4);
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

}  // namespace
}  // namespace isoshape
