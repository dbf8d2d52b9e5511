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

TEST(StudentTTest, TailsEqualPublishedTables) {
  EXPECT_NEAR(StudentTCdf(-12.706, 1), 0.025, 1e-5);
  EXPECT_NEAR(StudentTCdf(-1.812, 10), 0.05, 1e-4);
  EXPECT_NEAR(StudentTCdf(4.604, 4), 0.995, 1e-5);
}

}  // namespace
}  // namespace isoshape
