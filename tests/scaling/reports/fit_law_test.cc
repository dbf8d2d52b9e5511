// What every law's report has in common.
#include "scaling/reports/fit_law.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "scaling/reports/report_parts.h"
#include "tests/scaling/published_data.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

BootstrapEstimate Between(double value, double lower, double upper) {
  BootstrapEstimate estimate;
  estimate.value = value;
  estimate.percentile = {.value = value, .lower = lower, .upper = upper};
  estimate.resamples = 100;
  return estimate;
}

// Size and tokens of one compute are known alike, and so are judged alike.
TEST(WideIntervalTest, ACountIsAsWideAsItsInverse) {
  const BootstrapEstimate size = Between(1.71e9, 5.92e8, 4.87e9);
  const BootstrapEstimate tokens =
      Between(1e20 / 6 / 1.71e9, 1e20 / 6 / 4.87e9, 1e20 / 6 / 5.92e8);
  EXPECT_THAT(WideInterval("size", size), HasSubstr("first digit"));
  EXPECT_THAT(WideInterval("tokens", tokens), HasSubstr("first digit"));
  for (const char* name : {"size", "tokens", "best_size", "aspect_ratio"}) {
    EXPECT_EQ(WideInterval(name, Between(1, 0.5, 2.91)), "") << name;
    EXPECT_EQ(WideInterval(name, Between(1, 1 / 2.91, 2)), "") << name;
    EXPECT_NE(WideInterval(name, Between(1, 0.4, 2.91)), "") << name;
    EXPECT_NE(WideInterval(name, Between(1, 0, 2)), "") << name;
  }
}

TEST(WideIntervalTest, OtherFiguresHaveTheirOwnMeasure) {
  EXPECT_EQ(WideInterval("alpha", Between(0.3, 0.02, 0.6)), "");
  EXPECT_NE(WideInterval("alpha", Between(0.3, 0.02, 0.7)), "");
  for (const char* name : {"A", "G", "c_N", "c_D"}) {
    EXPECT_EQ(WideInterval(name, Between(100, 20, 1900)), "") << name;
    EXPECT_NE(WideInterval(name, Between(100, 10, 1100)), "") << name;
    EXPECT_NE(WideInterval(name, Between(100, -1, 120)), "") << name;
  }
  EXPECT_EQ(WideInterval("c0", Between(0.1, -2, 2)), "");
  EXPECT_NE(WideInterval("c0", Between(3, 0, 5)), "");
  // A drift that is 0 has no first digit, and is known.
  EXPECT_EQ(WideInterval("c1", Between(0.001, -0.02, 0.03)), "");
}

// Whatever the law, what is shown has an interval that says what it is.
TEST(FitLawTest, EveryFigureOfEveryLawIsJudged) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/xl2048.csv");
  const auto runs = ParseRuns(text, "xl2048.csv", {});
  ASSERT_TRUE(runs.ok()) << runs.status();
  int marked = 0;
  for (const Law law :
       {Law::kSurface, Law::kParametric, Law::kShape, Law::kLevine,
        Law::kIsoflop, Law::kEnvelope, Law::kMethods}) {
    const auto report = FitLaw(*runs, {.law = law, .resamples = 60});
    ASSERT_TRUE(report.ok()) << LawName(law) << report.status();
    for (const auto* figures : {&report->parameters, &report->derived}) {
      for (const LawFigure& figure : *figures) {
        const std::string wide = WideInterval(figure.name, figure.estimate);
        EXPECT_TRUE(wide.empty() || !figure.unidentified.empty())
            << LawName(law) << " " << figure.name << ": " << wide;
        marked += figure.unidentified == wide && !wide.empty();
      }
    }
  }
  EXPECT_GT(marked, 0);
}

// The least losses of `budgets` budgets, each with a worse run beside it, on a
// line of ln loss that bends up, so that all of them are on the hull.
Runs BestOfBudgets(int budgets) {
  Runs runs;
  double budget = 1e18;
  for (int b = 0; b < budgets; ++b, budget *= 4) {
    const double size = 1e8 * std::pow(2, b) * (b % 2 == 0 ? 1.2 : 0.9);
    const double loss = 2 + 2 * std::pow(0.7, b);
    AddRun(budget, size, loss, runs);
    AddRun(budget, 3 * size, 1.2 * loss, runs);
    AddRun(budget, size / 3, 1.3 * loss, runs);
  }
  return runs;
}

// What makes the line are its points, not the rows of the file.
TEST(FitLawTest, ALineOfFewRunsHasNoIntervalAndOfFewerNoFigures) {
  const auto fit = [](int budgets) {
    auto report = FitLaw(BestOfBudgets(budgets),
                         {.law = Law::kEnvelope, .resamples = 100});
    EXPECT_TRUE(report.ok()) << report.status();
    return *std::move(report);
  };
  const LawReport three = fit(3);
  for (const LawFigure& figure : three.parameters) {
    EXPECT_NE(figure.unidentified, "") << figure.name;
  }
  EXPECT_THAT(three.warnings, Contains(HasSubstr("no figures: there are 3 "
                                                 "runs on the envelope")));
  const LawReport four = fit(4);
  EXPECT_EQ(four.interval_method, "");
  EXPECT_EQ(FindLawFigure(four.parameters, "a")->unidentified, "");
  EXPECT_FALSE(FindLawFigure(four.parameters, "a")->estimate.percentile.lower);
  EXPECT_THAT(four.warnings, Contains(HasSubstr("no intervals: there are 4")));
  const LawReport five = fit(5);
  EXPECT_TRUE(FindLawFigure(five.parameters, "a")->estimate.percentile.lower);
  EXPECT_THAT(five.warnings, Not(Contains(HasSubstr("no intervals"))));
}

TEST(FitLawTest, PointsOfOneRunAreOneOnTheLine) {
  Runs runs = BestOfBudgets(5);
  for (size_t i = 0; i < runs.rows(); ++i) {
    // The best runs of the first two budgets are one trunk.
    runs.run.push_back(i == 0 || i == 3 ? "trunk" : std::to_string(i));
  }
  const auto report = FitLaw(runs, {.law = Law::kEnvelope, .resamples = 100});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->interval_method, "");
}

// In both laws of powers of C the error of a coefficient is of its logarithm.
TEST(FitLawTest, ErrorsOfCoefficientsAreOfTheirLogarithm) {
  for (const Law law : {Law::kIsoflop, Law::kEnvelope}) {
    const auto report = FitLaw(DemoRuns(FlooredPowerLaw, 6, 0.003, 3),
                               {.law = law, .resamples = 200});
    ASSERT_TRUE(report.ok()) << report.status();
    const LawFigure& a = *FindLawFigure(report->parameters, "a");
    const LawFigure& c = *FindLawFigure(report->parameters, "c_N");
    EXPECT_THAT(c.meaning, HasSubstr("the error is of its logarithm"));
    // ln c = mean ln N - a mean ln C: mostly the error of a at C = 1.
    const double ln_c = std::log(2.5e11) + 2.5 * std::log(3);
    EXPECT_NEAR(c.estimate.standard_error / (a.estimate.standard_error * ln_c),
                1, 0.3)
        << LawName(law);
  }
}

TEST(FitLawTest, OnlyTheIsoflopFitTakesARule) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.003, 3);
  LawOptions options{.rule = OptimumMethod::kAkima, .resamples = 0};
  for (const Law law :
       {Law::kParametric, Law::kSurface, Law::kEnvelope, Law::kMethods}) {
    options.law = law;
    const absl::Status status = FitLaw(runs, options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(LawName(law) + " has no rule"));
  }
  options.law = Law::kIsoflop;
  EXPECT_TRUE(FitLaw(runs, options).ok());
}

// One law, of which the runs do not show that it says more, is not chosen.
TEST(FitLawTest, ALawOfShapeIsChosenOnlyIfShapeIsShownToMatter) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/xl2048.csv");
  const auto runs = ParseRuns(text, "xl2048.csv", {});
  ASSERT_TRUE(runs.ok()) << runs.status();
  const auto report = FitLaw(*runs, {.law = Law::kShape, .resamples = 0});
  ASSERT_TRUE(report.ok()) << report.status();
  for (const ComparedLaw& law : report->comparison) {
    EXPECT_FALSE(law.chosen) << law.name;
  }
  EXPECT_THAT(report->findings, Contains(HasSubstr("no law is chosen")));
  EXPECT_NE(FindLawFigure(report->parameters, "G")->unidentified, "");
}

TEST(FitLawTest, CountsAreInTheSingularWhereThereIsOne) {
  Runs runs = DemoRuns(FlooredPowerLaw, 1, 0.003, 3);
  const auto isoflop = FitLaw(runs, {.law = Law::kIsoflop, .resamples = 100});
  ASSERT_TRUE(isoflop.ok()) << isoflop.status();
  EXPECT_THAT(isoflop->interval_method, HasSubstr("stratified by 1 budget"));
  EXPECT_THAT(isoflop->interval_method, Not(HasSubstr("1 budgets")));
  EXPECT_THAT(isoflop->warnings, Contains(HasSubstr("there is 1;")));
  Runs one;
  AddRun(1e18, 1e8, 3, one);
  EXPECT_THAT(std::string(FitLaw(one, {.resamples = 0}).status().message()),
              HasSubstr("a single run fixes no law"));
}

}  // namespace
}  // namespace isoshape
