#include "coordinator/table/thin_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace isoshape {
namespace {

using testing::ElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(ThinCurveTest, ShortCurvesStayAsTheyAre) {
  EXPECT_THAT(ThinCurve({}, 4), ElementsAre());
  EXPECT_THAT(ThinCurve({3, 2, 1}, 4), ElementsAre(0, 1, 2));
}

TEST(ThinCurveTest, KeepsEndsAndExtremes) {
  // Two stretches between the ends: 1 to 4 and 5 to 8.
  EXPECT_THAT(ThinCurve({9, 5, 8, 4, 6, 3, 7, 2, 1, 0}, 6),
              ElementsAre(0, 2, 3, 6, 8, 9));
}

TEST(ThinCurveTest, NoSpikeIsLostWhereverItIs) {
  for (size_t spike = 0; spike < 1000; ++spike) {
    std::vector<double> losses;
    for (size_t i = 0; i < 1000; ++i) {
      losses.push_back(5 - std::log1p(static_cast<double>(i)) / 2);
    }
    losses[spike] = 50;
    const std::vector<size_t> kept = ThinCurve(losses, 50);
    EXPECT_LE(kept.size(), 50u);
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
    EXPECT_EQ(std::adjacent_find(kept.begin(), kept.end()), kept.end());
    EXPECT_EQ(kept.front(), 0u);
    EXPECT_EQ(kept.back(), 999u);
    EXPECT_TRUE(std::count(kept.begin(), kept.end(), spike)) << spike;
  }
}

TEST(ThinCurveTest, GapsStay) {
  std::vector<double> losses(1000, 2.0);
  losses[567] = kNaN;
  const std::vector<size_t> kept = ThinCurve(losses, 30);
  EXPECT_LE(kept.size(), 30u);
  EXPECT_TRUE(std::count(kept.begin(), kept.end(), 567u));
}

TEST(ThinCurveTest, NothingButGapsKeepsTheEnds) {
  const std::vector<size_t> kept = ThinCurve(std::vector<double>(100, kNaN), 4);
  EXPECT_EQ(kept.front(), 0u);
  EXPECT_EQ(kept.back(), 99u);
  EXPECT_LE(kept.size(), 4u);
}

}  // namespace
}  // namespace isoshape
