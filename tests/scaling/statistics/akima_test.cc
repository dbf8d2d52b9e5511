#include "scaling/statistics/akima.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace isoshape {
namespace {

TEST(AkimaTest, PassesThroughThePointsAndFollowsAStraightLine) {
  const std::vector<double> x = {0, 1, 2.5, 4, 7, 8};
  const std::vector<double> y = {3, 1, 4, 1, 5, 9};
  const Akima akima(x, y);
  for (size_t i = 0; i < x.size(); ++i)
    EXPECT_NEAR(akima.At(x[i]), y[i], 1e-12);
  const Akima line({0, 1, 3, 4}, {1, 3, 7, 9});
  EXPECT_NEAR(line.At(2.2), 5.4, 1e-12);
  EXPECT_NEAR(line.At(5), 11, 1e-12);
  EXPECT_NEAR(Akima({0, 2}, {1, 5}).At(0.5), 2, 1e-12);
}

// Slopes by hand: secants 1, -1, 2, 0 and by extrapolation 5, 3 and -2, -4. At
// x = 2: |0 - 2| = 2 for -1 and |-1 - 1| = 2 for 2, so 0.5.
TEST(AkimaTest, SlopesAreWeightedByTheChangeBeyond) {
  const Akima akima({0, 1, 2, 3, 4}, {0, 1, 0, 2, 2});
  const double step = 1e-6;
  EXPECT_NEAR((akima.At(2 + step) - akima.At(2 - step)) / (2 * step), 0.5,
              1e-5);
  // At x = 1: |2 - -1| = 3 for 1 and |1 - 3| = 2 for -1, so 1 / 5.
  EXPECT_NEAR((akima.At(1 + step) - akima.At(1 - step)) / (2 * step), 0.2,
              1e-5);
}

TEST(AkimaTest, MinimumIsThatOfAFineGrid) {
  const Akima akima({0, 1, 2, 3, 4, 5}, {3, 1.2, 1, 1.1, 2, 4});
  const Akima::Minimum minimum = akima.FindMinimum();
  double grid = 10;
  for (int i = 0; i <= 500000; ++i) grid = std::min(grid, akima.At(i * 1e-5));
  EXPECT_NEAR(minimum.y, grid, 1e-9);
  EXPECT_LE(minimum.y, grid);
  EXPECT_NEAR(akima.At(minimum.x), minimum.y, 1e-12);
  EXPECT_FALSE(minimum.at_first || minimum.at_last);
  EXPECT_TRUE(Akima({0, 1, 2}, {1, 2, 4}).FindMinimum().at_first);
  EXPECT_TRUE(Akima({0, 1, 2}, {4, 2, 1}).FindMinimum().at_last);
}

}  // namespace
}  // namespace isoshape
