#include "scaling/statistics/student_t.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

// Abramowitz and Stegun, table 26.10, and the limit for many degrees.
TEST(StudentTTest, TwoSidedQuantilesEqualPublishedTables) {
  EXPECT_NEAR(StudentTTwoSided(0.95, 1), 12.706, 5e-4);
  EXPECT_NEAR(StudentTTwoSided(0.95, 2), 4.303, 5e-4);
  EXPECT_NEAR(StudentTTwoSided(0.95, 3), 3.182, 5e-4);
  EXPECT_NEAR(StudentTTwoSided(0.99, 4), 4.604, 5e-4);
  EXPECT_NEAR(StudentTTwoSided(0.90, 10), 1.812, 5e-4);
  EXPECT_NEAR(StudentTTwoSided(0.95, 10001), NormalTwoSided(0.95), 1e-3);
  EXPECT_NEAR(NormalTwoSided(0.95), 1.959964, 1e-6);
}

TEST(StudentTTest, DistributionIsSymmetricAndInvertsTheQuantile) {
  for (const int degrees : {1, 2, 5, 8}) {
    EXPECT_DOUBLE_EQ(StudentTCdf(0, degrees), 0.5);
    const double t = StudentTTwoSided(0.8, degrees);
    EXPECT_NEAR(StudentTCdf(t, degrees), 0.9, 1e-12);
    EXPECT_NEAR(StudentTCdf(-t, degrees), 0.1, 1e-12);
  }
}

}  // namespace
}  // namespace isoshape
