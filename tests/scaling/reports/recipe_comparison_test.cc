#include "scaling/reports/recipe_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/reports/fit_law.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// isoFLOP runs of L = 1.7 + 400 N^-alpha + 410 D^-beta.
Runs RunsOf(double alpha, double beta, double noise, uint64_t seed) {
  const PowerSum law{
      .e = 1.7, .ln_a = {std::log(400), std::log(410)}, .alpha = {alpha, beta}};
  const auto sizes = [&law](double budget) {
    return SizesAround(OptimumAt(law, budget, {}).size, 1.6);
  };
  const auto loss = [alpha, beta](double size, double tokens) {
    return 1.7 + 400 * std::pow(size, -alpha) + 410 * std::pow(tokens, -beta);
  };
  return IsoflopRuns(QuadruplingBudgets(1e18, 5), sizes, loss, noise, seed);
}

LawReport Fit(const Runs& runs, LawOptions options) {
  if (options.resamples == 4000) options.resamples = 200;
  const auto report = FitLaw(runs, options);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.value_or(LawReport());
}

const EqualTest& Find(const std::vector<EqualTest>& tests,
                      const std::string& figures) {
  for (const EqualTest& test : tests) {
    if (test.figures == figures) return test;
  }
  ADD_FAILURE() << "no test of " << figures;
  static const EqualTest none;
  return none;
}

TEST(RecipeComparisonTest, RecipesOfOneLawAreEqualAndOthersAreNot) {
  const std::vector<EqualTest> equal =
      TestEqualExponents({{"cosine", Fit(RunsOf(0.34, 0.28, 0.002, 1), {})},
                          {"constant", Fit(RunsOf(0.34, 0.28, 0.002, 2), {})},
                          {"linear", Fit(RunsOf(0.34, 0.28, 0.002, 3), {})}});
  const EqualTest& both = Find(equal, "alpha, beta");
  EXPECT_EQ(both.problem, "");
  EXPECT_EQ(both.test.degrees_of_freedom, 4);
  EXPECT_GT(both.test.p_value, 0.02);
  EXPECT_EQ(Find(equal, "a").test.degrees_of_freedom, 2);
  const std::vector<EqualTest> different =
      TestEqualExponents({{"cosine", Fit(RunsOf(0.34, 0.28, 0.002, 1), {})},
                          {"constant", Fit(RunsOf(0.28, 0.34, 0.002, 2), {})}});
  EXPECT_LT(Find(different, "a").test.p_value, 1e-3);
  EXPECT_LT(Find(different, "alpha, beta").test.p_value, 1e-3);
}

TEST(RecipeComparisonTest, RejectsEqualExponentsAboutAsOftenAsItSays) {
  int rejected = 0;
  constexpr int kTables = 60;
  for (uint64_t i = 0; i < kTables; ++i) {
    const LawOptions options{.resamples = 100};
    const auto tests = TestEqualExponents(
        {{"a", Fit(RunsOf(0.34, 0.28, 0.004, 100 + 2 * i), options)},
         {"b", Fit(RunsOf(0.34, 0.28, 0.004, 101 + 2 * i), options)}});
    const EqualTest& a = Find(tests, "a");
    ASSERT_EQ(a.problem, "");
    rejected += a.test.p_value < 0.05 ? 1 : 0;
  }
  // Nominal 3; more than 9 has a chance of 0.1 %.
  EXPECT_LE(rejected, 9);
}

TEST(RecipeComparisonTest, TheTrendOfOptimaIsComparedToo) {
  const LawOptions options{.law = Law::kIsoflop, .resamples = 200};
  const auto tests =
      TestEqualExponents({{"x", Fit(RunsOf(0.34, 0.28, 0.001, 1), options)},
                          {"y", Fit(RunsOf(0.22, 0.40, 0.001, 2), options)}});
  EXPECT_LT(Find(tests, "a").test.p_value, 1e-3);
}

TEST(RecipeComparisonTest, WhatIsNotKnownIsNotTested) {
  const LawOptions none{.resamples = 0};
  const auto tests =
      TestEqualExponents({{"x", Fit(RunsOf(0.34, 0.28, 0.002, 1), {})},
                          {"y", Fit(RunsOf(0.34, 0.28, 0.002, 2), none)}});
  EXPECT_THAT(Find(tests, "alpha").problem, HasSubstr("no resamples of y"));
}

std::string TieFinding(const LawReport& report) {
  for (const std::string& finding : report.findings) {
    if (absl::StrContains(finding, "alpha = beta")) return finding;
  }
  return "";
}

TEST(TiedExponentsTest, AreOneAndTheTieIsTested) {
  const LawOptions tied{.tie_exponents = true, .resamples = 200};
  const LawReport same = Fit(RunsOf(0.31, 0.31, 0.001, 1), tied);
  ASSERT_TRUE(same.optimum->converged) << same.optimum->problem;
  const auto figure = [](const LawReport& report, const std::string& name) {
    for (const auto* figures : {&report.parameters, &report.derived}) {
      for (const LawFigure& one : *figures) {
        if (one.name == name) return one.estimate.value;
      }
    }
    return std::nan("");
  };
  EXPECT_EQ(figure(same, "alpha"), figure(same, "beta"));
  EXPECT_NEAR(figure(same, "alpha"), 0.31, 0.01);
  EXPECT_NEAR(figure(same, "a"), 0.5, 1e-12);
  EXPECT_NEAR(figure(same, "g"), figure(same, "alpha") / 2, 1e-12);
  EXPECT_THAT(TieFinding(same), HasSubstr("not rejected"));
  const LawReport other = Fit(RunsOf(0.38, 0.27, 0.001, 2), tied);
  EXPECT_THAT(TieFinding(other), HasSubstr("alpha = beta is rejected"));
}

TEST(TiedExponentsTest, OnlyTheParametricLawHasThem) {
  const auto report =
      FitLaw(RunsOf(0.31, 0.31, 0.001, 1),
             {.law = Law::kIsoflop, .tie_exponents = true, .resamples = 0});
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("parametric"));
}

TEST(PriorOfALawTest, IsSaidAndBelongsToSomeLawsOnly) {
  const LawReport report =
      Fit(RunsOf(0.34, 0.28, 0.002, 1), {.weak_prior = true, .resamples = 100});
  EXPECT_THAT(report.interval_method, HasSubstr("weak priors"));
  for (const LawFigure& figure : report.parameters) {
    ASSERT_TRUE(figure.prior_share.has_value()) << figure.name;
    EXPECT_GE(*figure.prior_share, 0);
    EXPECT_LE(*figure.prior_share, 1);
  }
  const auto envelope =
      FitLaw(RunsOf(0.34, 0.28, 0.002, 1),
             {.law = Law::kEnvelope, .weak_prior = true, .resamples = 0});
  EXPECT_EQ(envelope.status().code(), absl::StatusCode::kInvalidArgument);
}

// A run of weight two is two runs.
TEST(WeightsTest, AreWhatRepeatedRunsWouldBe) {
  for (const Law law : {Law::kParametric, Law::kIsoflop}) {
    SCOPED_TRACE(LawName(law));
    Runs weighted = RunsOf(0.34, 0.28, 0.004, 7);
    Runs repeated = weighted;
    weighted.weight.assign(weighted.rows(), 1);
    for (const size_t row : {3, 20, 31}) {
      weighted.weight[row] = 3;
      for (int n = 0; n < 2; ++n) {
        repeated.size.push_back(repeated.size[row]);
        repeated.tokens.push_back(repeated.tokens[row]);
        repeated.loss.push_back(repeated.loss[row]);
        repeated.budget.push_back(repeated.budget[row]);
      }
    }
    const LawOptions options{.law = law, .resamples = 0};
    const LawReport one = Fit(weighted, options);
    const LawReport other = Fit(repeated, options);
    const LawReport plain = Fit(RunsOf(0.34, 0.28, 0.004, 7), options);
    bool moved = false;
    for (size_t k = 0; k < one.parameters.size(); ++k) {
      const double value = other.parameters[k].estimate.value;
      EXPECT_NEAR(one.parameters[k].estimate.value / value, 1, 2e-3)
          << one.parameters[k].name;
      moved = moved ||
              std::abs(plain.parameters[k].estimate.value / value - 1) > 1e-4;
    }
    EXPECT_TRUE(moved);
  }
}

TEST(WeightsTest, CountInEveryResample) {
  Runs runs = RunsOf(0.34, 0.28, 0.002, 7);
  // Runs of next to no weight that are far off.
  runs.weight.assign(runs.rows(), 1);
  for (size_t i = 0; i < runs.rows(); i += 9) {
    runs.weight[i] = 1e-6;
    runs.loss[i] *= 1.5;
  }
  for (const Law law : {Law::kParametric, Law::kSurface}) {
    SCOPED_TRACE(LawName(law));
    const LawReport report = Fit(runs, {.law = law, .resamples = 200});
    for (const LawFigure& figure : report.derived) {
      if (figure.name != "a") continue;
      EXPECT_NEAR(figure.estimate.value, 0.28 / 0.62, 0.04);
      EXPECT_LT(
          *figure.estimate.percentile.upper - *figure.estimate.percentile.lower,
          0.2);
    }
  }
  const LawReport envelope = Fit(runs, {.law = Law::kEnvelope, .resamples = 0});
  EXPECT_THAT(envelope.warnings, Contains(HasSubstr("weights do not count")));
}

TEST(IsoflopRowsTest, EveryRunStandsBesideTheCurveOfItsBudget) {
  Runs runs = RunsOf(0.34, 0.28, 0, 7);
  for (size_t i = 0; i < runs.rows(); ++i) {
    runs.line.push_back(static_cast<int>(i) + 2);
  }
  const LawReport report = Fit(runs, {.law = Law::kIsoflop, .resamples = 0});
  ASSERT_EQ(report.rows.size(), runs.rows());
  for (size_t i = 0; i < runs.rows(); ++i) {
    const FittedRow& row = report.rows[i];
    EXPECT_EQ(row.line, static_cast<int>(i) + 2);
    EXPECT_EQ(row.loss, runs.loss[i]);
    EXPECT_GE(row.weight, 0);
    EXPECT_LE(row.weight, 1);
    // Within the window the parabola is close to the law.
    if (row.weight > 0.3) {
      EXPECT_NEAR(row.fitted / row.loss, 1, 2e-3);
    }
  }
  EXPECT_THAT(
      Fit(runs,
          {.law = Law::kIsoflop, .rule = OptimumMethod::kAkima, .resamples = 0})
          .rows,
      testing::IsEmpty());
}

}  // namespace
}  // namespace isoshape
