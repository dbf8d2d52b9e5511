#include "common/status/field_checks.h"

#include <gtest/gtest.h>

#include <cmath>

namespace isoshape {
namespace {

TEST(FieldChecksTest, ALevelLiesBetweenZeroAndOne) {
  EXPECT_TRUE(CheckLevel(0.95).ok());
  for (const double level : {0.0, 1.0, 95.0, -0.5, std::nan("")}) {
    EXPECT_EQ(CheckLevel(level).code(), absl::StatusCode::kInvalidArgument)
        << level;
  }
  EXPECT_EQ(CheckLevel(95).message(),
            "level 95 is not between 0 and 1, such as 0.95");
}

TEST(FieldChecksTest, AnErrorNamesFieldValueAndRemedy) {
  EXPECT_TRUE(CheckPositive("tokens", 1e-300).ok());
  EXPECT_EQ(CheckPositive("tokens", INFINITY).message(),
            "tokens inf is out of range; give a finite number above 0");
  EXPECT_EQ(CheckPositive("tokens", 0).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
