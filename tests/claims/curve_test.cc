#include "claims/curve.h"

#include <gtest/gtest.h>

#include <cmath>

namespace isoshape {
namespace {

std::vector<CurvePoint> Parabola3(double vertex) {
  std::vector<CurvePoint> points;
  for (const double x : {0.0, 1.0, 2.0, 3.0, 4.0}) {
    points.push_back({x, 2 + 0.5 * (x - vertex) * (x - vertex)});
  }
  return points;
}

TEST(CurveTest, PointsOfOnePlaceBecomeTheirMean) {
  const std::vector<CurvePoint> curve =
      SortedCurve({{2, 5}, {1, 3}, {2, 7}, {1, 4}});
  ASSERT_EQ(curve.size(), 2U);
  EXPECT_EQ(curve[0].x, 1);
  EXPECT_EQ(curve[0].y, 3.5);
  EXPECT_EQ(curve[1].y, 6);
}

TEST(CurveTest, MinimumAndCurvatureOfAParabolaAreExact) {
  EXPECT_NEAR(*MinimumOf(Parabola3(1.7)), 1.7, 1e-12);
  EXPECT_NEAR(*CurvatureOf(Parabola3(1.7)), 1.0, 1e-12);
}

TEST(CurveTest, AMinimumAtAnEndStaysThere) {
  EXPECT_EQ(*MinimumOf(Parabola3(9)), 4);
  EXPECT_EQ(*MinimumOf(Parabola3(-9)), 0);
}

TEST(CurveTest, TooFewPointsTellNothing) {
  EXPECT_FALSE(MinimumOf({{0, 1}, {1, 2}}).has_value());
  EXPECT_FALSE(CurvatureOf({{0, 1}, {1, 2}}).has_value());
  EXPECT_FALSE(SlopeOf({{0, 1}}).has_value());
  EXPECT_FALSE(BasinOf({{0, 1}}, 0.1).has_value());
  EXPECT_FALSE(LeastAtMost({}, 0.1).has_value());
}

TEST(CurveTest, BasinEndsWhereTheLinesBetweenPointsRise) {
  // Rises by 0.1 from 1 to 0 and by 0.2 from 2 to 3.
  const std::vector<CurvePoint> curve = {{0, 1.1}, {1, 1}, {2, 1}, {3, 1.2}};
  EXPECT_NEAR(*BasinOf(curve, 0.05), 0.5 + 1 + 0.25, 1e-12);
  EXPECT_NEAR(*BasinOf(curve, 1), 3, 1e-12);
}

TEST(CurveTest, LeastAtMostIsBeyondTheLastIfNoneIs) {
  const std::vector<CurvePoint> curve = {{0, 3}, {1, 2}, {2, 1}};
  EXPECT_EQ(*LeastAtMost(curve, 2), 1);
  EXPECT_EQ(*LeastAtMost(curve, 0.5), 2 + std::log(2.0));
}

}  // namespace
}  // namespace isoshape
