#include "scaling/reports/method_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "scaling/reports/fit_law.h"
#include "tests/scaling/published_data.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// isoFLOP runs of a parametric law, centred on its optima.
Runs ParametricRuns(double noise) {
  const auto sizes = [](double budget) {
    return SizesAround(
        std::pow(0.34 / 0.3 * std::pow(budget / 6, 0.3), 1 / 0.64), 1.5);
  };
  const auto loss = [](double size, double tokens) {
    return 1.7 + 400 * std::pow(size, -0.34) + 400 * std::pow(tokens, -0.3);
  };
  return IsoflopRuns(QuadruplingBudgets(1e17, 5), sizes, loss, noise, 3);
}

Resampling Rows(const Runs& table, int count) {
  return *Resampling::CaseBootstrap(table.rows(),
                                    {.count = count, .strata = table.budget});
}

TEST(MethodComparisonTest, MethodsAgreeOnTheLawThatAllAssume) {
  const Runs table = ParametricRuns(0.001);
  const auto comparison =
      CompareMethods(table, Rows(table, 100), {.target_flops = 1e21}, {});
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  ASSERT_THAT(comparison->methods, SizeIs(5));
  const double truth = std::pow(0.34 / 0.3 * std::pow(1e21 / 6, 0.3), 1 / 0.64);
  for (const MethodFigures& method : comparison->methods) {
    SCOPED_TRACE(method.method);
    // An envelope rests on the luckiest run of each budget, and an interpolant
    // goes through the noise of all.
    const bool smooths =
        method.method != "envelope" && method.method != "isoflop-akima";
    const double slack = smooths ? 0.03 : 0.1;
    EXPECT_NEAR(method.size_exponent.value, 0.3 / 0.64, slack);
    EXPECT_LT(std::abs(std::log(method.size_at_target.value / truth)),
              6 * slack);
    EXPECT_EQ(method.biased, method.method == "isoflop-full-range");
  }
  // If one differs from the parametric law, resampling explains it.
  for (const Disagreement& pair : comparison->disagreements) {
    if (pair.second != "parametric") continue;
    EXPECT_LE(pair.difference.bca.lower.value_or(-1), 0) << pair.first;
    EXPECT_GE(pair.difference.bca.upper.value_or(1), 0) << pair.first;
  }
}

TEST(MethodComparisonTest, MethodsThatCannotBeAppliedAreNamed) {
  Runs table = ParametricRuns(0.001);
  const Resampling rows = Rows(table, 20);
  table.budget.clear();
  const auto comparison = CompareMethods(table, rows, {}, {});
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_THAT(comparison->methods, SizeIs(2));
  EXPECT_THAT(comparison->warnings,
              Contains(HasSubstr("isoflop-akima is left out")));
  EXPECT_NEAR(comparison->target_flops, 2.56e20, 1e15);
}

// The envelope of runs on one line, of one budget or of one number of tokens
// gives back what the experimenter chose.
TEST(MethodComparisonTest, ADesignIsNoMethodsAnswer) {
  const Runs grid = ParametricRuns(0.001);
  Runs line;
  Runs tokens;
  for (size_t i = 0; i < grid.rows(); ++i) {
    for (Runs* const runs : {&line, &tokens}) {
      runs->size.push_back(grid.size[i]);
      runs->tokens.push_back(runs == &line ? 20 * grid.size[i] : 2e9);
      runs->loss.push_back(1.7 + 400 * std::pow(grid.size[i], -0.34) +
                           400 * std::pow(runs->tokens.back(), -0.3));
    }
  }
  for (const Runs& runs : {line, tokens}) {
    const Resampling rows =
        *Resampling::CaseBootstrap(runs.rows(), {.count = 20});
    const auto comparison = CompareMethods(runs, rows, {}, {});
    EXPECT_EQ(comparison.status().code(), absl::StatusCode::kFailedPrecondition)
        << comparison.status();
    const auto report = FitLaw(runs, {.law = Law::kEnvelope, .resamples = 20});
    ASSERT_TRUE(report.ok()) << report.status();
    for (const LawFigure& figure : report->parameters) {
      EXPECT_NE(figure.unidentified, "") << figure.name;
    }
  }
}

// On the same runs isoFLOP gives .497 and the parametric law .529, and a user
// is told, also that so few runs explain it: that is no disagreement.
TEST(PublishedMethodComparisonTest, IsoflopAndParametricDifferOnPorian) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  RunFormat format;
  format.budget = "flops";
  format.where = {{"experiment", "rw|tuned|short|const|standard|val"}};
  const auto table = ParseRuns(text, "porian.csv", format);
  ASSERT_TRUE(table.ok()) << table.status();
  const auto comparison = CompareMethods(*table, Rows(*table, 300), {}, {});
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  std::map<std::string, double> exponents;
  for (const MethodFigures& method : comparison->methods) {
    exponents[method.method] = method.size_exponent.value;
  }
  EXPECT_NEAR(exponents["isoflop-akima"], 0.497, 0.005);
  EXPECT_NEAR(exponents["isoflop"], 0.497, 0.02);
  EXPECT_NEAR(exponents["parametric"], 0.529, 0.001);
  EXPECT_THAT(
      comparison->findings,
      Contains(AllOf(HasSubstr("isoflop-akima and parametric differ: size"),
                     HasSubstr("is within what resampling explains"))));
  for (const std::string& warning : comparison->warnings) {
    EXPECT_THAT(warning, Not(HasSubstr("within what resampling explains")));
  }
}

}  // namespace
}  // namespace isoshape
