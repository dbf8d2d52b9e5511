#include "scaling/isoflop/trend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace isoshape {
namespace {

// If the noise of a run is not known there are no draws to weigh budgets by,
// and what the resamples explain is what scatter is held against.
TEST(LogTrendTest, ScatterWidensIntervalsAlsoIfNoiseIsNotKnown) {
  std::vector<std::vector<double>> resamples;
  const std::vector<double> ln_y = {0, 0.3, 0};
  for (size_t i = 0; i < ln_y.size(); ++i) {
    resamples.emplace_back();
    for (int r = 0; r < 200; ++r) {
      const bool up = (r % 2 == 0) == (i == 2);
      resamples[i].push_back(ln_y[i] + (up ? 0.01 : -0.01));
    }
  }
  const std::vector<double> none;
  const LogTrend trend = FitLogTrend(
      {0, 1, 2}, ln_y, {&resamples[0], &resamples[1], &resamples[2]}, 0.95, {},
      {&none, &none, &none});
  EXPECT_THAT(trend.weights, ::testing::ElementsAre(1, 1, 1));
  // Residuals of -0.1, 0.2, -0.1; the variance of 200 draws of 0.01, and a
  // tenth of it.
  const double scatter = std::sqrt(0.06 / (1.1 * 1e-4 * 200 / 199));
  EXPECT_NEAR(trend.scatter, scatter, 1e-9);
  ASSERT_TRUE(trend.exponent.percentile.lower.has_value());
  EXPECT_NEAR(*trend.exponent.percentile.lower, -0.01 * scatter, 1e-9);
  EXPECT_NEAR(*trend.exponent.percentile.upper, 0.01 * scatter, 1e-9);
}

}  // namespace
}  // namespace isoshape
