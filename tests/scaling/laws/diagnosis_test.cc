#include "scaling/laws/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/text/format_number.h"
#include "scaling/laws/parametric_law.h"
#include "tests/scaling/laws/grid_of_runs.h"
#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PowerSumData SixBySix(double noise, uint64_t seed) {
  return GridOfRuns({.e = 1.7, .ln_a = {6, 6}, .alpha = {0.34, 0.3}},
                    Steps(16, 1, 6), Steps(19, 1, 6), noise, seed);
}

// The law of all rows and, as jackknife, without each of them.
Bootstrap<PowerSumFit> LeaveOneOut(const PowerSumData& data,
                                   const PowerSumOptions& options) {
  const auto resampling = Resampling::CaseBootstrap(data.rows(), {.count = 1});
  auto fits = BootstrapPowerSum(data, options, *resampling, {});
  EXPECT_TRUE(fits.ok()) << fits.status();
  return *std::move(fits);
}

TEST(GroupResidualsTest, GroupsByValueOrByEqualNumbers) {
  const std::vector<double> budgets = {3, 1, 2, 1, 3, 2};
  const auto by_value = GroupResiduals(budgets, {1, 2, 3, 4, 5, 6}, 3);
  ASSERT_THAT(by_value, SizeIs(3));
  EXPECT_EQ(by_value[0].low, 1);
  EXPECT_EQ(by_value[0].high, 1);
  EXPECT_EQ(by_value[0].runs, 2);
  EXPECT_DOUBLE_EQ(by_value[0].mean, 3);
  EXPECT_DOUBLE_EQ(by_value[0].rms, std::sqrt(10));
  EXPECT_DOUBLE_EQ(by_value[2].mean, 3);
  const std::vector<double> sizes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const auto by_number = GroupResiduals(sizes, std::vector<double>(10, 0.1), 3);
  EXPECT_THAT(by_number, ElementsAre(Field(&ResidualGroup::runs, 4),
                                     Field(&ResidualGroup::runs, 3),
                                     Field(&ResidualGroup::runs, 3)));
  EXPECT_EQ(by_number[0].high, 4);
  EXPECT_EQ(by_number[1].low, 5);
}

TEST(GroupResidualsTest, NamesAGroupThatTheLawMisses) {
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal(0, 0.01);
  std::vector<double> values, residuals;
  for (int i = 0; i < 60; ++i) {
    values.push_back(1e11 * (1 + std::floor(i / 12.0)));
    residuals.push_back(normal(engine));
  }
  EXPECT_THAT(ResidualWarnings("budget", GroupResiduals(values, residuals, 5),
                               FormatFlops),
              IsEmpty());
  for (int i = 48; i < 60; ++i) residuals[i] += 0.02;
  EXPECT_THAT(ResidualWarnings("budget", GroupResiduals(values, residuals, 5),
                               FormatFlops),
              ElementsAre(HasSubstr("at budget 5e11 the 12 losses lie")));
}

TEST(InfluenceTest, TheRunThatPullsIsFirst) {
  PowerSumData data = SixBySix(0.001, 1);
  const auto influences = [&] {
    PowerSumOptions options;
    options.loss.huber_delta = 1;  // squares: every run pulls as it can
    const Bootstrap<PowerSumFit> fits = LeaveOneOut(data, options);
    std::vector<double> without;
    for (const PowerSumFit& one : fits.jackknife) {
      EXPECT_TRUE(one.converged) << one.problem;
      without.push_back(SizeExponent(one.law, {}));
    }
    return FindInfluence(SizeExponent(fits.fit.law, {}), without);
  };
  const auto calm = influences();
  ASSERT_THAT(calm, SizeIs(36));
  double sum = 0;
  for (const Influence& one : calm) sum += one.share;
  EXPECT_NEAR(sum, 1, 1e-9);
  // One of those of fewest tokens, which no neighbour beyond can hold back.
  data.ln_loss[12] += 0.05;
  const auto pulled = influences();
  EXPECT_EQ(pulled[0].unit, 12);
  EXPECT_TRUE(pulled[0].pulls);
  EXPECT_GE(std::abs(pulled[0].shift), std::abs(pulled[1].shift));
}

TEST(InfluenceTest, FitsThatFailedAreLeftOut) {
  const auto influences = FindInfluence(1, {1.5, std::nan(""), 0.9});
  ASSERT_THAT(influences, SizeIs(2));
  EXPECT_EQ(influences[0].unit, 0);
  EXPECT_EQ(influences[1].unit, 2);
}

// One budget in a narrow range: the terms cannot be told apart.
TEST(UnidentifiedTest, NamesParametersAlongTheFlattestDirection) {
  const PowerSumData wide = SixBySix(0.01, 2);
  const auto good = FitPowerSum(wide, {});
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_THAT(UnidentifiedByCondition(*good, wide, {}), IsEmpty());
  PowerSumData line{.ln_x = {{}, {}}, .ln_loss = {}};
  const PowerSum law{.e = 1.7, .ln_a = {6, 6}, .alpha = {0.34, 0.3}};
  for (int i = 0; i < 12; ++i) {
    line.ln_x[0].push_back(16 + 0.02 * i);
    line.ln_x[1].push_back(20 - 0.02 * i);
    line.ln_loss.push_back(law.LogLoss({line.ln_x[0][i], line.ln_x[1][i]}));
  }
  const auto narrow = FitPowerSum(line, {});
  ASSERT_TRUE(narrow.ok()) << narrow.status();
  const auto named = UnidentifiedByCondition(*narrow, line, {});
  EXPECT_GE(named.size(), 2);
  EXPECT_THAT(named[0].reason, HasSubstr("condition"));
}

// By one polish a step, the grid having the last word, the largest E that fits
// is the one that grids alone find.
TEST(HighestFloorTest, IsTheLargestEThatFits) {
  for (const bool free_gamma : {false, true}) {
    // Small exponents and no E: the losses hold it back from above alone.
    const PowerSumData data =
        GridOfRuns({.e = 0, .ln_a = {1.5, 1.6}, .alpha = {0.05, 0.06}},
                   Steps(14, 0.7, 8), Steps(18, 0.7, 8), 0.002, 5);
    PowerSumOptions options;
    options.free_gamma = free_gamma;
    options.fixed_e = 0;
    const auto best = FitPowerSum(data, options);
    ASSERT_TRUE(best.ok()) << best.status();
    options.fixed_e.reset();
    const double highest = HighestFloor(data, *best, options);
    const double least =
        std::exp(*std::min_element(data.ln_loss.begin(), data.ln_loss.end()));
    const double limit =
        best->objective * (1 + 1 / static_cast<double>(data.rows()));
    const auto fits = [&](double e) {
      PowerSumOptions fixed = options;
      fixed.fixed_e = e;
      const auto fit = FitPowerSum(data, fixed);
      return fit.ok() && fit->objective <= limit;
    };
    EXPECT_GT(highest, 0);
    EXPECT_TRUE(fits(highest)) << highest;
    EXPECT_FALSE(fits(highest + least / 4096)) << highest;
  }
}

// The worst of the five runs that the published fit leaves out makes half of
// the jackknife variance of beta alone.
TEST(PublishedDiagnosisTest, OutliersOfChinchillaPull) {
  READ_PUBLISHED_OR_SKIP(text, "chinchilla.csv");
  const auto table = ParseRuns(text, "chinchilla.csv", ChinchillaFormat(false));
  ASSERT_TRUE(table.ok()) << table.status();
  const PowerSumData data = ParametricData(*table);
  const Bootstrap<PowerSumFit> fits = LeaveOneOut(data, {});
  std::vector<double> without;
  for (const PowerSumFit& one : fits.jackknife) {
    without.push_back(one.law.alpha[1]);
  }
  const auto influences = FindInfluence(fits.fit.law.alpha[1], without);
  EXPECT_EQ(influences[0].unit, 0);
  EXPECT_GT(influences[0].share, 0.5);
  EXPECT_TRUE(influences[0].pulls);
  EXPECT_FALSE(influences[1].pulls);
}

}  // namespace
}  // namespace isoshape
