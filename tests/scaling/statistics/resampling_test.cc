#include "scaling/statistics/resampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

double Sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(ResamplingTest, TheSeedFixesEveryResample) {
  const auto first = Resampling::CaseBootstrap(50, {.count = 20, .seed = 7});
  const auto second = Resampling::CaseBootstrap(50, {.count = 99, .seed = 7});
  const auto other = Resampling::CaseBootstrap(50, {.count = 20, .seed = 8});
  for (int r = 0; r < 20; ++r) {
    EXPECT_EQ(first->Weights(r), second->Weights(r));
    EXPECT_NE(first->Weights(r), other->Weights(r));
    EXPECT_EQ(Sum(first->Weights(r)), 50);
  }
  EXPECT_NE(first->Weights(0), first->Weights(1));
}

// Each count is binomial (n, 1 / n): mean 1 and variance 1 - 1 / n.
TEST(ResamplingTest, RowsAreDrawnEvenly) {
  const auto resampling = Resampling::CaseBootstrap(10, {.count = 4000});
  std::vector<double> sums(10, 0);
  std::vector<double> squares(10, 0);
  for (int r = 0; r < 4000; ++r) {
    const std::vector<double> weights = resampling->Weights(r);
    for (int i = 0; i < 10; ++i) {
      sums[i] += weights[i] / 4000;
      squares[i] += weights[i] * weights[i] / 4000;
    }
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_NEAR(sums[i], 1, 5 * std::sqrt(0.9 / 4000));
    EXPECT_NEAR(squares[i] - 1, 0.9, 0.15);
  }
}

TEST(ResamplingTest, StrataKeepTheirNumberOfUnits) {
  const auto resampling = Resampling::CaseBootstrap(
      7, {.count = 200, .strata = {1, 1, 1, 2, 2, 3, 4}});
  for (int r = 0; r < 200; ++r) {
    const std::vector<double> w = resampling->Weights(r);
    EXPECT_EQ(w[0] + w[1] + w[2], 3);
    EXPECT_EQ(w[3] + w[4], 2);
    // Strata of one row are drawn together.
    EXPECT_EQ(w[5] + w[6], 2);
  }
}

TEST(ResamplingTest, RowsOfAClusterComeAndGoTogether) {
  const auto resampling =
      Resampling::CaseBootstrap(6, {.count = 50,
                                    .strata = {1, 2, 1, 2, 1, 2},
                                    .clusters = {5, 5, 6, 6, 9, 9}});
  ASSERT_EQ(resampling->units(), 3);
  EXPECT_THAT(resampling->unit(1), ElementsAre(2, 3));
  for (int r = 0; r < 50; ++r) {
    const std::vector<double> w = resampling->Weights(r);
    EXPECT_EQ(w[0], w[1]);
    EXPECT_EQ(w[2], w[3]);
    EXPECT_EQ(w[4], w[5]);
  }
}

TEST(ResamplingTest, ReadsRowNumbers) {
  const auto resampling =
      Resampling::FromText("0,0,2\n\n1 2 1\r\n", "rows.csv", 3);
  ASSERT_TRUE(resampling.ok()) << resampling.status();
  ASSERT_EQ(resampling->count(), 2);
  EXPECT_THAT(resampling->Weights(0), ElementsAre(2, 0, 1));
  EXPECT_THAT(resampling->Weights(1), ElementsAre(0, 2, 1));
}

TEST(ResamplingTest, BadInputIsNamed) {
  const auto error = [](absl::string_view text) {
    return std::string(
        Resampling::FromText(text, "rows.csv", 3).status().message());
  };
  EXPECT_THAT(error("0,1,2\n0,3,1\n"),
              StartsWith("rows.csv:2:3: '3' is not a row number from 0 to 2"));
  EXPECT_THAT(error("0,a,2\n"), StartsWith("rows.csv:1:3: 'a'"));
  EXPECT_THAT(error("0,1\n"), StartsWith("rows.csv:1:1: 2 row numbers"));
  EXPECT_EQ(Resampling::FromText("\n", "rows.csv", 3).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Resampling::CaseBootstrap(0, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Resampling::CaseBootstrap(2, {.count = -1}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Resampling::CaseBootstrap(2, {.strata = {1}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
