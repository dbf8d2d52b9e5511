#include "figures/parts/axis_range.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace isoshape {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(AxisRangeTest, HoldsTheValuesWithRoom) {
  AxisRange range(false);
  range.Add(2);
  range.Add(3);
  const v1::FigureAxis axis = range.Axis("loss");
  EXPECT_NEAR(axis.min(), 1.96, 1e-9);
  EXPECT_NEAR(axis.max(), 3.04, 1e-9);
  EXPECT_FALSE(axis.log());
  EXPECT_EQ(axis.label(), "loss");
}

TEST(AxisRangeTest, OneValueOrNoneGivesARangeToo) {
  for (const bool log : {false, true}) {
    AxisRange none(log);
    EXPECT_LT(none.Axis("x").min(), none.Axis("x").max());
    AxisRange one(log);
    one.Add(5);
    EXPECT_LT(one.Axis("x").min(), 5);
    EXPECT_GT(one.Axis("x").max(), 5);
  }
}

TEST(AxisRangeTest, WhatIsNoNumberNeverCounts) {
  AxisRange range(true);
  for (const double bad : {kNaN, kInf, -kInf, 0.0, -1.0}) {
    range.Add(bad);
    range.Include(bad);
    range.IncludeIfNear(bad);
  }
  range.Add(10);
  range.Add(1000);
  const v1::FigureAxis axis = range.Axis("x");
  EXPECT_GT(axis.min(), 8);
  EXPECT_LT(axis.max(), 1250);
  EXPECT_EQ(range.Beyond(), 0);
}

TEST(AxisRangeTest, AFewFarValuesAreLeftOutAndCounted) {
  AxisRange range(false);
  for (int i = 0; i < 20; ++i) range.Add(2 + 0.05 * i);
  range.Add(900);
  EXPECT_LT(range.Axis("loss").max(), 4);
  EXPECT_EQ(range.Beyond(), 1);
  // Unless they must be seen.
  range.Include(900);
  EXPECT_GT(range.Axis("loss").max(), 900);
}

TEST(AxisRangeTest, AReferenceIsSeenIfItIsNear) {
  AxisRange range(false);
  range.Add(1);
  range.Add(2);
  range.IncludeIfNear(2.9);
  EXPECT_GT(range.Axis("x").max(), 2.9);
  range.IncludeIfNear(40);
  EXPECT_LT(range.Axis("x").max(), 4);
}

}  // namespace
}  // namespace isoshape
