#include "scaling/reports/isoflop_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Runs Sweep() {
  return IsoflopRuns(
      {1e13, 3e13, 1e14, 3e14},
      [](double budget) {
        return SizesAround(BestSize(FlooredPowerLaw, budget), 1.4);
      },
      FlooredPowerLaw, 0.002, 4);
}

// `predict` does not follow such a trend, and the fit showed it without a word.
TEST(IsoflopReportTest, ATrendThatARunFarOffDrawsIsSaidToBeOne) {
  Runs runs = Sweep();
  const auto clean = IsoflopReport(runs, {.resamples = 20});
  ASSERT_TRUE(clean.ok()) << clean.status();
  EXPECT_THAT(clean->warnings, Not(Contains(HasSubstr("far off"))));
  runs.loss[13] *= 1.15;
  const auto drawn = IsoflopReport(runs, {.resamples = 20});
  ASSERT_TRUE(drawn.ok()) << drawn.status();
  EXPECT_THAT(drawn->warnings,
              Contains(AllOf(HasSubstr("predictions do not follow the trend"),
                             HasSubstr("(run 14)"))));
}

}  // namespace
}  // namespace isoshape
