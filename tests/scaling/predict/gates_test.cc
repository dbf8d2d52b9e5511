#include "scaling/predict/gates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "scaling/predict/refusal.h"
#include "scaling/reports/isoflop_report.h"
#include "scaling/reports/report_parts.h"
#include "scaling/surface/far_off.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Runs Sweep(double noise, uint64_t seed = 4) {
  return IsoflopRuns(
      {1e13, 3e13, 1e14, 3e14},
      [](double budget) {
        return SizesAround(BestSize(FlooredPowerLaw, budget), 1.4);
      },
      FlooredPowerLaw, noise, seed);
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

// What is judged is the noise of one row. Rows that repeat the others leave it
// as it is, and their means are what the remedy says.
TEST(GatesTest, TheMeanOfRepeatsIsARemedyOfScatter) {
  const Runs runs = Sweep(0.03);
  const auto noisy = FitSurface(runs, ComputeRule(), false);
  ASSERT_TRUE(noisy.ok());
  EXPECT_THAT(WideScatter(*noisy, runs),
              HasSubstr("the mean loss of repeats of a run as one row"));
  Runs mean = runs;
  constexpr int kRepeats = 9;
  for (double& loss : mean.loss) loss /= kRepeats;
  for (int seed = 1; seed < kRepeats; ++seed) {
    const Runs again = Sweep(0.03, 4 + seed);
    for (size_t i = 0; i < mean.rows(); ++i) {
      mean.loss[i] += again.loss[i] / kRepeats;
    }
  }
  const auto steady = FitSurface(mean, ComputeRule(), false);
  ASSERT_TRUE(steady.ok());
  EXPECT_EQ(WideScatter(*steady, mean), "");
}

// The fit warned by 6 N D of a trend that predictions judge by the runs' FLOPs.
TEST(GatesTest, ATrendIsJudgedByTheRuleOfPredictions) {
  Runs runs = Sweep(0.05);
  for (size_t i = 0; i < runs.rows(); ++i) {
    runs.flops.push_back(90 * std::pow(runs.size[i], 0.8) * runs.tokens[i]);
  }
  std::vector<std::string> problems;
  for (const ComputeConstraint constraint :
       {ComputeConstraint::kSixNd, ComputeConstraint::kFlops}) {
    PredictionQuestion question;
    question.fit.constraint = constraint;
    question.fit.resamples = 0;
    const auto surface = FitSurfaceFor(runs, question);
    const auto rule = RuleOf(runs, question.fit);
    ASSERT_TRUE(surface.ok() && rule.ok());
    problems.push_back(TrendProblem(runs, *rule));
    EXPECT_EQ(problems.back(), WideScatter(*surface, runs));
    const auto report = IsoflopReport(runs, question.fit);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_THAT(
        report->warnings,
        Contains("predictions do not follow the trend: " + problems.back()));
  }
  EXPECT_NE(problems[0], problems[1]);
}

// E that is fixed and exponents that are tied are no parameters, and gamma is
// one more.
TEST(GatesTest, RunsAreEnoughForTheParametersThatAreFitted) {
  const Runs runs = Sweep(0.003);
  const auto min_runs = [&](const LawOptions& fit) {
    RunGeometry geometry;
    while (!CheckRunsEnough(Law::kParametric, runs, fit, geometry).ok()) {
      ++geometry.different;
    }
    return geometry.different;
  };
  EXPECT_EQ(min_runs({}), 10);
  EXPECT_EQ(min_runs({.fixed_e = 1.0}), 8);
  EXPECT_EQ(min_runs({.tie_exponents = true}), 8);
  EXPECT_EQ(min_runs({.free_gamma = true}), 12);
  EXPECT_EQ(min_runs({.weak_prior = true}), 10);
  RunGeometry few;
  few.different = 11;
  const absl::Status status =
      CheckRunsEnough(Law::kParametric, runs, {.free_gamma = true}, few);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(WithDetail(status), HasSubstr("its 6 parameters"));
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
