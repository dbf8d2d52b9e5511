#include "scaling/runs/json_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "scaling/runs/run_file.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

RunFile Read(const std::string& text) {
  absl::StatusOr<RunFile> file = ReadRuns(text, "f", {});
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? *std::move(file) : RunFile();
}

std::string ErrorOf(const std::string& text) {
  const auto file = ReadRuns(text, "f", {});
  EXPECT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(file.status().message());
}

TEST(JsonRowsTest, EveryFormGivesTheSameRuns) {
  const std::string a =
      R"({"config": {"n_params": 1e6, "betas": [1, {"x": 2}]},
          "summary": {"val/loss": 3.5}, "tokens": "20M", "note": "\"q\" é"})";
  const std::string b =
      R"({"tokens":40000000,"summary":{"val/loss":3.25},"config":{"n_params":2000000}})";
  for (const std::string& text :
       {"[" + a + ",\n" + b + "]", a + "\n" + b + "\n",
        R"({"project": "p", "n": [1, 2], "runs": [)" + a + ", " + b + "]}",
        R"({"data": {"runs": [)" + a + ", " + b + "]}}"}) {
    const RunFile file = Read(text);
    EXPECT_THAT(file.runs.params, ElementsAre(1e6, 2e6)) << text;
    EXPECT_THAT(file.runs.tokens, ElementsAre(2e7, 4e7)) << text;
    EXPECT_THAT(file.runs.loss, ElementsAre(3.5, 3.25)) << text;
    EXPECT_EQ(file.columns.at("params"), "config.n_params");
    EXPECT_EQ(file.columns.at("loss"), "summary.val/loss");
  }
}

TEST(JsonRowsTest, NullAbsentAndPythonsNaNAreBlank) {
  const RunFile file = Read(
      "{\"params\": 1, \"tokens\": 2, \"loss\": 3}\n"
      "{\"params\": 1, \"tokens\": 2, \"loss\": null}\n"
      "{\"params\": 1, \"tokens\": 2}\n"
      "{\"params\": 1, \"tokens\": 2, \"loss\": NaN, \"n\": \"NaN\"}\n"
      "{\"params\": 1, \"tokens\": 2, \"loss\": -Infinity}\n");
  EXPECT_EQ(file.runs.rows(), 1);
  EXPECT_THAT(file.notes, ElementsAre("4 of 5 rows left out: no loss (lines 2, "
                                      "3, 4, 5)"));
}

TEST(JsonRowsTest, ErrorsNameTheirPlace) {
  EXPECT_THAT(ErrorOf("[{\"params\": 1, \"tokens\": 2,\n \"loss\": \"x\"}]"),
              StartsWith("f:2:10: loss 'x' is not a number"));
  EXPECT_THAT(ErrorOf("[{\"params\": 1,\n \"tokens\" 2}]"),
              StartsWith("f:2:11: this is no JSON (while parsing object"));
  EXPECT_THAT(ErrorOf("[{\"params\": 1"),
              StartsWith("f:1:14: the JSON ends early; complete"));
  EXPECT_THAT(ErrorOf("[1, 2]"), StartsWith("f:1:2: a value where a run is"));
  EXPECT_THAT(ErrorOf("[]"), StartsWith("f:1:1: the list is empty"));
  EXPECT_THAT(ErrorOf("{\"a\": [{\"x\": 1}], \"b\": [{\"x\": 1}]}"),
              HasSubstr("2 lists of objects, 'a', 'b'"));
  EXPECT_THAT(ErrorOf(std::string(100000, '[')),
              HasSubstr("more than 64 deep"));
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "{\"a\":";
  EXPECT_THAT(ErrorOf(nested), HasSubstr("more than 64 deep"));
  EXPECT_THAT(ErrorOf("{\"x\": 1}"),
              StartsWith("f:1:1: no column is named 'params': there is one "
                         "column, 'x'"));
}

}  // namespace
}  // namespace isoshape
