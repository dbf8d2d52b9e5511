#include "scaling/statistics/parabola.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace isoshape {
namespace {

TEST(ParabolaTest, RecoversAnExactParabolaFarFromTheOrigin) {
  std::vector<double> x, y;
  for (int i = 0; i < 6; ++i) {
    x.push_back(40 + 0.3 * i);
    y.push_back(1.5 + 0.2 * (x.back() - 40.7) * (x.back() - 40.7));
  }
  const Parabola parabola = FitParabola(x, y, std::vector<double>(6, 1.0));
  ASSERT_TRUE(parabola.minimum);
  EXPECT_NEAR(parabola.vertex_x, 40.7, 1e-11);
  EXPECT_NEAR(parabola.vertex_y, 1.5, 1e-12);
  EXPECT_NEAR(parabola.coefficients[2], 0.2, 1e-12);
  EXPECT_NEAR(parabola.weighted_sum_of_squares, 0, 1e-20);
  // Equal weights: points less parameters.
  EXPECT_NEAR(parabola.expected_sum_of_squares, 3, 1e-9);
}

TEST(ParabolaTest, IgnoresPointsOfWeightZero) {
  const std::vector<double> x = {0, 1, 2, 3};
  const Parabola parabola = FitParabola(x, {1, 0, 1, 99}, {1, 1, 1, 0});
  ASSERT_TRUE(parabola.minimum);
  EXPECT_NEAR(parabola.vertex_x, 1, 1e-12);
  EXPECT_EQ(parabola.points, 3);
}

TEST(ParabolaTest, FindsNoMinimumWhereThereIsNone) {
  const std::vector<double> ones(4, 1.0);
  const std::vector<double> x = {0, 1, 2, 3};
  EXPECT_FALSE(FitParabola(x, {0, 1, 1, 0}, ones).minimum);
  EXPECT_FALSE(FitParabola(x, {2, 2, 2, 2}, ones).minimum);
  EXPECT_FALSE(FitParabola(x, {1, 2, 3, 4}, ones).minimum);
  EXPECT_FALSE(FitParabola({1, 1, 1, 1}, {1, 0, 1, 2}, ones).minimum);
  EXPECT_FALSE(FitParabola({1, 2}, {1, 0}, {1, 1}).minimum);
}

TEST(ParabolaTest, WindowReachesForTheLeastNumberOfPoints) {
  const std::vector<double> x = {0, 1, 2, 3, 4, 5, 6};
  const std::vector<double> y = {9, 4, 1, 0, 1, 4, 9};
  const auto above_zero = [](const std::vector<double>& weights) {
    int count = 0;
    for (const double weight : weights) count += weight > 0 ? 1 : 0;
    return count;
  };
  EXPECT_EQ(above_zero(WindowWeights(x, y, 0.5, 3)), 3);
  EXPECT_EQ(above_zero(WindowWeights(x, y, 0.5, 5)), 5);
  EXPECT_EQ(above_zero(WindowWeights(x, y, 100, 5)), 7);
  // The least loss weighs most.
  EXPECT_DOUBLE_EQ(WindowWeights(x, y, 2, 3)[3], 1);
}

}  // namespace
}  // namespace isoshape
