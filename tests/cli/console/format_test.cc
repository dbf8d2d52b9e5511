#include "cli/console/format.h"

#include <gtest/gtest.h>

#include <limits>

namespace isoshape {
namespace {

TEST(FormatTest, CountsHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(7), "7");
  EXPECT_EQ(FormatCount(950), "950");
  EXPECT_EQ(FormatCount(36112), "36.1k");
  EXPECT_EQ(FormatCount(1500000), "1.5M");
  EXPECT_EQ(FormatCount(6738415616), "6.74B");
  EXPECT_EQ(FormatCount(-2000), "-2k");
}

TEST(FormatTest, ACountThatRoundsUpTakesTheNextUnit) {
  EXPECT_EQ(FormatCount(999.4), "999");
  EXPECT_EQ(FormatCount(999.6), "1k");
  EXPECT_EQ(FormatCount(999600), "1M");
  EXPECT_EQ(FormatCount(9.996), "10");
}

TEST(FormatTest, IntegersAreGroupedByThousands) {
  EXPECT_EQ(FormatInteger(0), "0");
  EXPECT_EQ(FormatInteger(999), "999");
  EXPECT_EQ(FormatInteger(1000), "1,000");
  EXPECT_EQ(FormatInteger(6738415616), "6,738,415,616");
  EXPECT_EQ(FormatInteger(-1234), "-1,234");
  EXPECT_EQ(FormatInteger(-123), "-123");
}

TEST(FormatTest, FlopsBytesAndLosses) {
  EXPECT_EQ(FormatFlops(7.5e11), "7.5e+11");
  EXPECT_EQ(FormatBytes(512), "512 B");
  EXPECT_EQ(FormatBytes(1.5 * 1024 * 1024), "1.5 MiB");
  EXPECT_EQ(FormatLoss(1.77018), "1.7702");
}

TEST(FormatTest, WhatIsNotFiniteIsADash) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(FormatCount(nan), "-");
  EXPECT_EQ(FormatLoss(nan), "-");
  EXPECT_EQ(FormatFlops(std::numeric_limits<double>::infinity()), "-");
}

TEST(FormatTest, DurationsShowTheirTwoLargestUnits) {
  EXPECT_EQ(DurationText(absl::Seconds(42.9)), "42s");
  EXPECT_EQ(DurationText(absl::Seconds(190)), "3m10s");
  EXPECT_EQ(DurationText(absl::Hours(2) + absl::Minutes(5)), "2h05m");
  EXPECT_EQ(DurationText(absl::Hours(76)), "3d04h");
}

TEST(FormatTest, EstimatesShowIntervalAndLevel) {
  v1::Estimate estimate;
  estimate.set_value(0.52);
  estimate.set_level(0.95);
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio), "0.52");
  estimate.set_method("bootstrap");
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio), "0.52 [not identified]");
  estimate.set_lower(0.44);
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio), "0.52 [0.44, ?] (95 %)");
  estimate.set_upper(0.61);
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio), "0.52 [0.44, 0.61] (95 %)");
  estimate.set_level(0.683);
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio),
            "0.52 [0.44, 0.61] (68.3 %)");
}

TEST(FormatTest, TimesAreInMillisecondsOrSeconds) {
  EXPECT_EQ(FormatSeconds(0.00123), "1.23 ms");
  EXPECT_EQ(FormatSeconds(0.9994), "999 ms");
  EXPECT_EQ(FormatSeconds(0.9999), "1 s");
  EXPECT_EQ(FormatSeconds(3.34), "3.34 s");
  EXPECT_EQ(FormatSeconds(kNotMeasured), "-");
}

}  // namespace
}  // namespace isoshape
