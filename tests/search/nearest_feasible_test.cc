#include "search/nearest_feasible.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace isoshape {
namespace {

TEST(NearestFeasible, SaysWithItsCodeWhatIsWrong) {
  SearchSpace space;
  const auto code = [&](double budget, const ShapeTarget& target) {
    return NearestFeasible(space, 2048, budget, target).status().code();
  };
  EXPECT_EQ(code(1e13, {300e3, 16}), absl::StatusCode::kOk);
  EXPECT_EQ(code(-1, {300e3, 16}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(std::numeric_limits<double>::infinity(), {300e3, 16}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(1e13, {0, 16}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(1e6, {300e3, 16}), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(1e13, {1e30, 16, 0.01}), absl::StatusCode::kNotFound);
  space.min_depth = 65;
  EXPECT_EQ(code(1e13, {300e3, 16}), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
