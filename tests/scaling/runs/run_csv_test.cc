#include "scaling/runs/run_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::Status ParseError(absl::string_view text,
                        const RunCsvFormat& format = {}) {
  return ParseRuns(text, "runs.csv", format).status();
}

TEST(RunCsvTest, ReadsTheNamedColumnsAndIgnoresTheOthers) {
  const auto runs = ParseRuns(
      "\xEF\xBB\xBFnote,params,tokens,loss,width\r\n"
      "\"a, \"\"b\"\"\",1e6, 2e7 ,3.5,128\r\n"
      "\r\n"
      "x,2000000,4e7,3.25,256\r\n",
      "runs.csv", {});
  ASSERT_TRUE(runs.ok()) << runs.status();
  EXPECT_THAT(runs->params, ElementsAre(1e6, 2e6));
  EXPECT_THAT(runs->tokens, ElementsAre(2e7, 4e7));
  EXPECT_THAT(runs->loss, ElementsAre(3.5, 3.25));
  EXPECT_THAT(runs->width, ElementsAre(128, 256));
  EXPECT_THAT(runs->flops, ElementsAre());
  EXPECT_THAT(runs->line, ElementsAre(2, 4));
}

TEST(RunCsvTest, OtherNamesAndConditionsSelectColumnsAndRows) {
  const auto runs = ParseRuns(
      "N,D,val,C,used,trunk\n1,2,3,12,1,a\n4,5,6,oops,0,b\n7,8,9,336,1,a\n",
      "runs.csv",
      {.params = "N",
       .tokens = "D",
       .loss = "val",
       .flops = "C",
       .run = "trunk",
       .where = {{"used", "1"}}});
  ASSERT_TRUE(runs.ok()) << runs.status();
  EXPECT_THAT(runs->loss, ElementsAre(3, 9));
  EXPECT_THAT(runs->flops, ElementsAre(12, 336));
  EXPECT_THAT(runs->run, ElementsAre("a", "a"));
  EXPECT_THAT(runs->size, ElementsAre(1, 7));
  EXPECT_THAT(runs->params, ElementsAre(1, 7));
  EXPECT_EQ(runs->measure, SizeMeasure::kParams);
}

TEST(RunCsvTest, LatencyMayBeBlankWhereItWasNotMeasured) {
  const std::string header = "params,tokens,loss,decode_seconds\n";
  const auto runs = ParseRuns(header + "1,2,3,0.004\n4,5,6,\n", "runs.csv", {});
  ASSERT_TRUE(runs.ok()) << runs.status();
  EXPECT_EQ(runs->decode_seconds[0], 0.004);
  EXPECT_TRUE(std::isnan(runs->decode_seconds[1]));
  EXPECT_TRUE(CheckRuns(*runs).ok());
  EXPECT_EQ(ParseError(header + "1,2,3,-1\n").code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RunCsvTest, ErrorsNameFileLineColumnAndValue) {
  const auto missing = ParseError("params,tokens\n1,2\n");
  EXPECT_EQ(missing.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(missing.message()),
              StartsWith("runs.csv:1:1: no column is named 'loss'"));
  const auto text = ParseError("params,tokens,loss\n1,2,3\n\n1,x2,3\n");
  EXPECT_EQ(text.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(text.message(), "runs.csv:4:3: tokens 'x2' is not a number");
  for (const char* bad : {"0", "-1", "nan", "inf", "1e999"}) {
    const auto status =
        ParseError(std::string("params,tokens,loss\n1,2,") + bad + "\n");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()),
                StartsWith("runs.csv:2:5: loss " + std::string(bad)));
  }
  EXPECT_THAT(std::string(ParseError("params,tokens,loss\n1,2\n").message()),
              StartsWith("runs.csv:2:1: 2 fields where the header has 3"));
  EXPECT_THAT(std::string(ParseError("loss,params,tokens,loss\n").message()),
              StartsWith("runs.csv:1:20: a second column is named 'loss'"));
  EXPECT_THAT(
      std::string(ParseError("params,tokens,loss\n\"1,2,3\n").message()),
      StartsWith("runs.csv:2:1: the quote is not closed"));
  EXPECT_THAT(std::string(ParseError("").message()),
              StartsWith("runs.csv:1:1: the file is empty"));
  EXPECT_THAT(
      std::string(ParseError("params,tokens,loss\n", {.flops = "C"}).message()),
      HasSubstr("no column is named 'C'"));
}

TEST(RunCsvTest, NoRowIsAFailedPrecondition) {
  EXPECT_EQ(ParseError("params,tokens,loss\n").code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(
      ParseError("params,tokens,loss\n1,2,3\n", {.where = {{"loss", "4"}}})
          .code(),
      absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
