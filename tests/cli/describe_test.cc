// `isoshape describe`, which asks no coordinator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(DescribeTest, GivesThePublishedCountOfAReference) {
  const ProgramResult table = RunIsoshape({"describe", "llama-7b"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_THAT(table.out, HasSubstr("6,738,415,616"));
  const ProgramResult result = RunIsoshape(
      {"describe", "llama-7b", "--output=json", "--budgets", "1e21,2e21"});
  EXPECT_EQ(result.exit_code, 0);
  const nlohmann::json json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["parameters"], 6738415616);
  // As the coordinator says it.
  EXPECT_THAT(json["source"].get<std::string>(),
              HasSubstr("published count 6,738,415,616 (exact)"));
  EXPECT_EQ(json["shape"]["depth"], 32);
  EXPECT_EQ(json["flops"].size(), 5);
  EXPECT_EQ(json["flops"][0]["convention"], "exact");
  ASSERT_EQ(json["tokens"].size(), 2);
  EXPECT_DOUBLE_EQ(json["tokens"][1]["tokens"].get<double>(),
                   2 * json["tokens"][0]["tokens"].get<double>());
}

TEST(DescribeTest, CountsAShapeGivenByFlags) {
  // Embedding and unembedding 2 x 256 x 32; a layer 4 x 32^2 of attention,
  // 3 x 32 x 88 of SwiGLU, 2 x 32 of norms; the final norm 32.
  const ProgramResult result = RunIsoshape(
      {"describe", "--depth", "3", "--width", "32", "--output", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(nlohmann::json::parse(result.out)["parameters"],
            2 * 256 * 32 + 3 * (4 * 32 * 32 + 3 * 32 * 88 + 2 * 32) + 32);
}

TEST(DescribeTest, RefusesWhatIsNoShape) {
  EXPECT_THAT(FailureOf({"describe", "--depth", "4", "--width", "100"}, 2),
              HasSubstr("--width 100 is not a multiple of --head-dim 16; the "
                        "nearest are 96 and 112"));
  EXPECT_THAT(FailureOf({"describe", "--depth", "4"}, 2), HasSubstr("--width"));
  EXPECT_THAT(FailureOf({"describe", "llama-7b", "--depth", "4"}, 2),
              HasSubstr("llama-7b fixes the shape"));
  EXPECT_THAT(
      FailureOf({"describe", "llama-8c"}, 1),
      testing::AllOf(HasSubstr("--list"), testing::Not(HasSubstr("claude"))));
  EXPECT_THAT(FailureOf({"describe", "lama-7b"}, 1),
              HasSubstr("did you mean 'llama-7b'?"));
  EXPECT_THAT(FailureOf({"describe", "4x64", "--depth", "4"}, 2),
              HasSubstr("4x64 is the depth and width"));
  EXPECT_EQ(RunIsoshape({"describe", "4x64", "--vocab", "512"}).out,
            RunIsoshape(
                {"describe", "--depth", "4", "--width", "64", "--vocab", "512"})
                .out);
  EXPECT_THAT(FailureOf({"describe", "claude"}, 1), HasSubstr("unpublished"));
}

TEST(DescribeTest, ListsTheReferences) {
  const ProgramResult table = RunIsoshape({"describe", "--list"});
  EXPECT_THAT(table.out, HasSubstr("bert-base"));
  EXPECT_THAT(table.out, HasSubstr("unpublished"));
  const ProgramResult result =
      RunIsoshape({"describe", "--list", "--output=json"});
  const nlohmann::json json = nlohmann::json::parse(result.out);
  EXPECT_GT(json["references"].size(), 15);
}

}  // namespace
}  // namespace isoshape
