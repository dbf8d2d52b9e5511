#include "search/pareto/dominated_volume.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace isoshape {
namespace {

using Points = std::vector<std::vector<double>>;

// Five points of two figures, more being better, whose volume over the origin
// is 37.75 (the example of BoTorch's tests), turned round; by hand 9 * 1 + 8.5
// * 2.5 + 5 * 1.5.
TEST(DominatedVolume, IsThatOfAPublishedExampleInTwoFigures) {
  const Points points = {
      {-4, -5}, {-5, -5}, {-8.5, -3.5}, {-8.5, -3}, {-9, -1}};
  const DominatedVolume volume(points, {0, 0});
  EXPECT_DOUBLE_EQ(volume.volume(), 37.75);
  EXPECT_EQ(volume.front(), 3u);
}

// 3 boxes of 6, less 2 for each pair, and the 1 that all three share.
TEST(DominatedVolume, IsWhatInclusionAndExclusionSayInThreeFigures) {
  const DominatedVolume volume({{1, 2, 3}, {2, 3, 1}, {3, 1, 2}}, {4, 4, 4});
  EXPECT_DOUBLE_EQ(volume.volume(), 13);
  EXPECT_EQ(volume.front(), 3u);
}

TEST(DominatedVolume, PointsThatAreNotBelowTheReferenceDominateNothing) {
  EXPECT_EQ(DominatedVolume({}, {1, 1}).volume(), 0);
  const DominatedVolume beside({{0, 1}, {2, -5}}, {1, 1});
  EXPECT_EQ(beside.volume(), 0);
  EXPECT_EQ(beside.front(), 0u);
  // Of equal points one counts.
  EXPECT_DOUBLE_EQ(DominatedVolume({{0, 0}, {0, 0}}, {1, 2}).volume(), 2);
}

// A point that is known adds what the volume with it has more.
TEST(DominatedVolume, GrowthByAKnownPointIsTheDifferenceOfVolumes) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(0, 1.2);
  for (const size_t figures : {2u, 3u}) {
    const std::vector<double> reference(figures, 1.0);
    for (int repeat = 0; repeat < 50; ++repeat) {
      Points points(random() % 8);
      for (auto& point : points) {
        for (size_t k = 0; k < figures; ++k) point.push_back(uniform(random));
      }
      std::vector<NormalFigure> known;
      std::vector<double> added;
      for (size_t k = 0; k < figures; ++k) {
        added.push_back(uniform(random));
        known.push_back({added.back(), 0});
      }
      const DominatedVolume before(points, reference);
      points.push_back(added);
      const DominatedVolume after(points, reference);
      EXPECT_NEAR(before.ExpectedGrowth(known),
                  after.volume() - before.volume(), 1e-12);
    }
  }
}

double Density(double y, const NormalFigure& figure) {
  const double z = (y - figure.mean) / figure.deviation;
  return std::exp(-z * z / 2) / figure.deviation /
         std::sqrt(2 * std::numbers::pi);
}

// Against the integral of the growth over all that the point may be.
TEST(DominatedVolume, ExpectedGrowthIsTheIntegralOfTheGrowth) {
  const Points points = {{1, 3}, {2, 2}, {3, 1}};
  const std::vector<double> reference = {4, 4};
  const DominatedVolume volume(points, reference);
  EXPECT_DOUBLE_EQ(volume.volume(), 6);
  const std::vector<NormalFigure> point = {{1.7, 0.5}, {2.1, 0.3}};
  constexpr int kSteps = 400;
  constexpr double kReach = 6;  // deviations
  double integral = 0;
  for (int i = 0; i < kSteps; ++i) {
    for (int j = 0; j < kSteps; ++j) {
      const double step = 2 * kReach / kSteps;
      const double a =
          point[0].mean + point[0].deviation * (step * (i + 0.5) - kReach);
      const double b =
          point[1].mean + point[1].deviation * (step * (j + 0.5) - kReach);
      const double growth = volume.ExpectedGrowth({{a, 0}, {b, 0}});
      integral += growth * Density(a, point[0]) * Density(b, point[1]) * step *
                  step * point[0].deviation * point[1].deviation;
    }
  }
  EXPECT_NEAR(volume.ExpectedGrowth(point) / integral, 1, 1e-4);
}

TEST(DominatedVolume, ExpectedGrowthIsTheIntegralOfTheGrowthInThreeFigures) {
  const Points points = {{1, 2, 3}, {2, 3, 1}, {3, 1, 2}};
  const DominatedVolume volume(points, {4, 4, 4});
  const std::vector<NormalFigure> point = {{1.8, 0.5}, {2.2, 0.4}, {1.9, 0.6}};
  constexpr int kSteps = 60;
  constexpr double kReach = 5;
  const double step = 2 * kReach / kSteps;
  const auto at = [&](size_t k, int i) {
    return point[k].mean + point[k].deviation * (step * (i + 0.5) - kReach);
  };
  const auto mass = [&](size_t k, int i) {
    return Density(at(k, i), point[k]) * step * point[k].deviation;
  };
  double integral = 0;
  for (int i = 0; i < kSteps; ++i) {
    for (int j = 0; j < kSteps; ++j) {
      for (int k = 0; k < kSteps; ++k) {
        integral += volume.ExpectedGrowth(
                        {{at(0, i), 0}, {at(1, j), 0}, {at(2, k), 0}}) *
                    mass(0, i) * mass(1, j) * mass(2, k);
      }
    }
  }
  EXPECT_NEAR(volume.ExpectedGrowth(point) / integral, 1, 1e-3);
}

}  // namespace
}  // namespace isoshape
