#include "scaling/reports/parametric_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/cancellation.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// The remedy was resamples, which had been asked for.
TEST(ParametricReportTest, ATieIsNotTestedOnRunsThatDoNotTellTheExponents) {
  const Runs runs = IsoflopRuns(
      {1e14}, [](double) { return SizesAround(1e6, 1.5); }, FlooredPowerLaw,
      0.003, 1);
  LawOptions options{.tie_exponents = true, .resamples = 50};
  const auto report = ParametricReport(runs, options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->findings,
              Contains("alpha = beta is not tested: the places of the runs do "
                       "not tell alpha - beta"));
  EXPECT_THAT(report->findings, Not(Contains(HasSubstr("takes resamples"))));
  // Without resamples it is these that are missing, where places would tell.
  options.resamples = 0;
  const auto plain =
      ParametricReport(DemoRuns(FlooredPowerLaw, 4, 0.005, 1), options);
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(plain->findings, Contains(HasSubstr("takes resamples")));
}

// Resamples that were not drawn are none, and nothing rests on them.
TEST(ParametricReportTest, ACancelledReportHasNoIntervals) {
  Cancellation cancellation;
  cancellation.Cancel();
  const Cancellation::Scope scope(&cancellation);
  for (const bool tie : {false, true}) {
    const auto report =
        ParametricReport(DemoRuns(FlooredPowerLaw, 4, 0.005, 1),
                         {.tie_exponents = tie, .resamples = 50});
    ASSERT_TRUE(report.ok()) << report.status();
    ASSERT_EQ(report->parameters.size(), 5);
    for (const LawFigure& figure : report->parameters) {
      EXPECT_FALSE(figure.estimate.percentile.lower.has_value()) << figure.name;
      EXPECT_EQ(figure.estimate.resamples, 0) << figure.name;
    }
  }
}

}  // namespace
}  // namespace isoshape
