#include "scaling/predict/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

Runs Sweep(double noise) {
  return IsoflopRuns(
      {1e13, 3e13, 1e14, 3e14},
      [](double budget) {
        return SizesAround(BestSize(FlooredPowerLaw, budget), 1.4);
      },
      FlooredPowerLaw, noise, 4);
}

// `fit` said that the budgets were bracketed, and `predict` that no best size
// was passed: it was the law that was off.
TEST(GatesTest, ALawBeyondABestSizeThatWasPassedIsOffItself) {
  const Runs runs = Sweep(0.002);
  const auto measured = FitRuns(runs);
  ASSERT_TRUE(measured.ok());
  const auto far_off = [](double) { return 1e12; };
  const absl::Status law = CheckBracketed(runs, {}, far_off, &*measured);
  EXPECT_EQ(law.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(law.message()), HasSubstr("one was passed there"));
  // Where no budget has an optimum, there is none to be passed.
  std::vector<bool> keep;
  for (size_t i = 0; i < runs.rows(); ++i) keep.push_back(i % 9 < 4);
  const Runs small = SelectRows(runs, keep);
  const auto edge = FitRuns(small);
  ASSERT_TRUE(edge.ok());
  ASSERT_TRUE(edge->Bracketed().empty());
  const absl::Status sizes = CheckBracketed(small, {}, far_off, &*edge);
  EXPECT_THAT(std::string(sizes.message()),
              HasSubstr("no best size was passed"));
}

TEST(GatesTest, ASurfaceOfRunsThatScatterWidelyIsNotFollowed) {
  for (const double noise : {0.003, 0.05}) {
    const Runs runs = Sweep(noise);
    const auto surface = FitSurface(runs, ComputeRule(), false);
    ASSERT_TRUE(surface.ok());
    const absl::Status status = CheckScatter(surface, runs);
    EXPECT_EQ(status.ok(), noise < 0.02) << status;
    if (noise > 0.02) {
      EXPECT_THAT(std::string(status.message()), HasSubstr("scatters by"));
    }
  }
}

// The surface misses the loss of a compute, such as that of a later recipe, and
// where its runs lie beside each other all the same.
TEST(GatesTest, AComputeThatIsOffAsAWholeIsNoScatter) {
  Runs runs = Sweep(0.003);
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (runs.budget[i] == 3e13) runs.loss[i] *= 1.15;
  }
  const auto surface = FitSurface(runs, ComputeRule(), false);
  ASSERT_TRUE(surface.ok());
  EXPECT_GT(surface->noise, 0.02);
  EXPECT_TRUE(CheckScatter(surface, runs).ok());
}

}  // namespace
}  // namespace isoshape
