// `isoshape simulate` through the built program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/run_files.h"
#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class SimulateTest : public RunFilesTest {
 protected:
  static std::string Fails(std::vector<std::string> arguments, int code) {
    arguments.insert(arguments.begin(), "simulate");
    const ProgramResult result = RunIsoshape(arguments);
    EXPECT_EQ(result.exit_code, code) << result.out;
    EXPECT_EQ(CountLines(result.err), 1) << result.err;
    return result.err;
  }
};

TEST_F(SimulateTest, ALandscapeIsSearched) {
  const ProgramResult result = RunIsoshape(
      {"simulate", "landscape", "steep", "--seeds", "2", "--output", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json answer = json::parse(result.out);
  EXPECT_EQ(answer["landscape"], "steep");
  EXPECT_DOUBLE_EQ(answer["target_flops"].get<double>(), 2.5e14);
  ASSERT_EQ(answer["campaigns"].size(), 2U);
  for (const json& one : answer["campaigns"]) {
    EXPECT_GT(one["certain_flops"].get<double>(), 2.5e11);
    EXPECT_LT(one["certain_flops"].get<double>(), 2200 * 2.5e11);
    EXPECT_GE(one["trials"].get<int>(), 7);
  }
  const ProgramResult table =
      RunIsoshape({"simulate", "landscape", "steep", "--seeds", "1"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("CERTAIN AFTER"));
  EXPECT_THAT(table.out, HasSubstr("median until certain: "));
}

TEST_F(SimulateTest, RunsAreReplayed) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  const ProgramResult result =
      RunIsoshape({"simulate", "replay", "--input", runs, "--tolerance", "1%",
                   "--output", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json answer = json::parse(result.out);
  EXPECT_EQ(answer["runs"], 30);
  EXPECT_GT(answer["flops"].get<double>(), 0);
  EXPECT_TRUE(answer["size_of_all_runs"].is_number());
}

TEST_F(SimulateTest, WrongQuestionsGetOneLine) {
  EXPECT_THAT(Fails({"landscape", "alps"}, 2), HasSubstr("alps"));
  EXPECT_THAT(Fails({"landscape", "--tolerance", "3"}, 2),
              HasSubstr("'3' is not a share of a whole, such as 0.002"));
  EXPECT_THAT(Fails({"landscape", "--seeds", "0"}, 2), HasSubstr("0"));
  EXPECT_THAT(Fails({"replay"}, 2), HasSubstr("--input"));
  const std::string runs = Write("runs.csv", ParametricRuns());
  EXPECT_THAT(Fails({"replay", "--input", runs, "--target", "5"}, 2),
              HasSubstr("--target 5 is within the runs"));
  const std::string few =
      Write("few.csv",
            "params,tokens,loss\n" + RunLine(1e6, 2e7) + RunLine(2e6, 4e7));
  EXPECT_THAT(Fails({"replay", "--input", few}, 1),
              HasSubstr("2 runs are too few to choose among"));
  // With columns of one budget, and so without a note of it.
  std::string level = "params,tokens,loss,flops,budget\n";
  for (int i = 1; i < 12; ++i) {
    std::string line = RunLine(1e6 * i, 2e13 / i / 1e6);
    line.pop_back();
    level += line + ",1.2e14,1.2e14\n";
  }
  EXPECT_THAT(Fails({"replay", "--input", Write("level.csv", level)}, 1),
              HasSubstr("add runs of other budgets"));
}

}  // namespace
}  // namespace isoshape
