#include "common/format_number.h"

#include <gtest/gtest.h>

#include <limits>

namespace isoshape {
namespace {

TEST(FormatNumberTest, CountsHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(7), "7");
  EXPECT_EQ(FormatCount(950), "950");
  EXPECT_EQ(FormatCount(36112), "36.1k");
  EXPECT_EQ(FormatCount(1500000), "1.5M");
  EXPECT_EQ(FormatCount(6738415616), "6.74B");
  EXPECT_EQ(FormatCount(-2000), "-2k");
}

TEST(FormatNumberTest, ACountThatRoundsUpTakesTheNextUnit) {
  EXPECT_EQ(FormatCount(999.4), "999");
  EXPECT_EQ(FormatCount(999.6), "1k");
  EXPECT_EQ(FormatCount(999600), "1M");
  EXPECT_EQ(FormatCount(9.996), "10");
}

TEST(FormatNumberTest, IntegersAreGroupedByThousands) {
  EXPECT_EQ(FormatInteger(0), "0");
  EXPECT_EQ(FormatInteger(999), "999");
  EXPECT_EQ(FormatInteger(1000), "1,000");
  EXPECT_EQ(FormatInteger(6738415616), "6,738,415,616");
  EXPECT_EQ(FormatInteger(-1234), "-1,234");
  EXPECT_EQ(FormatInteger(-123), "-123");
}

TEST(FormatNumberTest, FlopsBytesAndLosses) {
  EXPECT_EQ(FormatFlops(7.5e11), "7.5e+11");
  EXPECT_EQ(FormatBytes(512), "512 B");
  EXPECT_EQ(FormatBytes(1.5 * 1024 * 1024), "1.5 MiB");
  EXPECT_EQ(FormatLoss(1.77018), "1.7702");
}

TEST(FormatNumberTest, WhatIsNotFiniteIsADash) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(FormatCount(nan), "-");
  EXPECT_EQ(FormatLoss(nan), "-");
  EXPECT_EQ(FormatFlops(std::numeric_limits<double>::infinity()), "-");
}

TEST(FormatNumberTest, TimesAreInMillisecondsOrSeconds) {
  EXPECT_EQ(FormatSeconds(0.00123), "1.23 ms");
  EXPECT_EQ(FormatSeconds(0.9994), "999 ms");
  EXPECT_EQ(FormatSeconds(0.9999), "1 s");
  EXPECT_EQ(FormatSeconds(3.34), "3.34 s");
  EXPECT_EQ(FormatSeconds(kNotMeasured), "-");
}

}  // namespace
}  // namespace isoshape
