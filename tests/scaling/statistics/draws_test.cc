#include "scaling/statistics/draws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "scaling/statistics/intervals.h"

namespace isoshape {
namespace {

TEST(DrawsTest, EachDrawHasItsFigure) {
  EXPECT_EQ(
      OfEachDraw(3, [](size_t i) { return 2.0 * static_cast<double>(i); }),
      (std::vector<double>{0, 2, 4}));
  EXPECT_TRUE(OfEachDraw(0, [](size_t) { return 1.0; }).empty());
}

TEST(DrawsTest, WhatIsCancelledLeavesOutTheRestAndKeepsTheCount) {
  Cancellation cancellation;
  const Cancellation::Scope scope(&cancellation);
  int calls = 0;
  const std::vector<double> values = OfEachDraw(100'000, [&](size_t) {
    if (++calls == 10) cancellation.Cancel();
    return 1.0;
  });
  EXPECT_EQ(calls, kTurnsToALook);
  ASSERT_EQ(values.size(), 100'000u);
  EXPECT_EQ(std::count_if(values.begin(), values.end(),
                          [](double one) { return std::isnan(one); }),
            100'000 - static_cast<int>(kTurnsToALook));
}

// As if all resamples had failed, which every answer has words for.
TEST(DrawsTest, AnEstimateOfWhatIsCancelledHasNoInterval) {
  const std::vector<double> resamples = {1, 2, 3, 4};
  EXPECT_TRUE(Estimate(2, resamples, resamples, 0.9).bca.lower.has_value());
  Cancellation cancellation;
  cancellation.Cancel();
  const Cancellation::Scope scope(&cancellation);
  const BootstrapEstimate estimate = Estimate(2, resamples, resamples, 0.9);
  EXPECT_EQ(estimate.value, 2);
  EXPECT_EQ(estimate.failed, 4);
  EXPECT_EQ(estimate.resamples, 0);
  for (const Interval& one : {estimate.percentile, estimate.bca,
                              PercentileInterval(2, resamples, 0.9),
                              BcaInterval(2, resamples, resamples, 0.9)}) {
    EXPECT_EQ(one.value, 2);
    EXPECT_FALSE(one.lower.has_value());
    EXPECT_FALSE(one.upper.has_value());
  }
}

}  // namespace
}  // namespace isoshape
