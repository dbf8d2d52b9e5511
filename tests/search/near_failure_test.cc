#include "search/near_failure.h"

#include <gtest/gtest.h>

#include <cmath>

namespace isoshape {
namespace {

constexpr double kSize = 1e5;
const std::vector<SurfacePoint> kFailures = {{.ln_flops = std::log(1e12),
                                              .ln_size = std::log(kSize),
                                              .ln_ratio = std::log(16.0)}};

bool IsNear(double flops, double size, double ratio) {
  return NearFailure({.ln_flops = std::log(flops),
                      .ln_size = std::log(size),
                      .ln_ratio = std::log(ratio)},
                     kFailures);
}

// What is as large, or larger by up to two, at as much compute or more.
TEST(NearFailure, IsWhatIsLikeItAndNotMuchSmallerOrOfOtherAspect) {
  EXPECT_TRUE(IsNear(1e12, kSize, 16));
  EXPECT_TRUE(IsNear(9e12, 2 * kSize, 16));
  EXPECT_TRUE(IsNear(1e12, kSize, 16 * 1.6));
  EXPECT_FALSE(IsNear(0.5e12, kSize, 16));
  EXPECT_FALSE(IsNear(1e12, 0.9 * kSize, 16));
  EXPECT_FALSE(IsNear(1e12, 2.1 * kSize, 16));
  EXPECT_FALSE(IsNear(1e12, kSize, 16 * 1.7));
  EXPECT_FALSE(IsNear(1e12, kSize, 16 / 1.7));
  EXPECT_FALSE(NearFailure(kFailures.front(), {}));
}

TEST(IsHopeless, AfterTenFailuresWithoutOneLoss) {
  EXPECT_FALSE(IsHopeless(0, 9));
  EXPECT_TRUE(IsHopeless(0, 10));
  EXPECT_FALSE(IsHopeless(1, 1000));
}

}  // namespace
}  // namespace isoshape
