#include "claims/verdict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace isoshape {
namespace {

ClaimBounds Above(double x) { return {x, std::nullopt}; }

TEST(VerdictTest, SummaryIsStudentsT) {
  // Of 1, 2, 3: mean 2, standard error 1/sqrt(3), t(2, 97.5 %) = 4.3027.
  const SeedSummary summary = SummaryOf({1, 2, 3}, Above(0));
  EXPECT_EQ(summary.mean, 2);
  EXPECT_NEAR(summary.upper - summary.mean, 4.302653 / std::sqrt(3.0), 1e-5);
  // t = 2 sqrt(3) with 2 degrees of freedom.
  EXPECT_NEAR(summary.p_value, 0.0741799, 1e-6);
  EXPECT_TRUE(summary.holds);
}

TEST(VerdictTest, BoundsDecideWhatHolds) {
  EXPECT_FALSE(SummaryOf({1, 2, 3}, Above(2.5)).holds);
  EXPECT_TRUE(SummaryOf({1, 2, 3}, {std::nullopt, 2.5}).holds);
  EXPECT_TRUE(SummaryOf({1, 2, 3}, {1.5, 2.5}).holds);
  const SeedSummary outside = SummaryOf({1, 2, 3}, {2.5, 4});
  EXPECT_FALSE(outside.holds);
  // Its distance is that to the nearest bound.
  EXPECT_NEAR(outside.p_value, SummaryOf({1, 2, 3}, Above(2.5)).p_value, 1e-12);
}

TEST(VerdictTest, EqualFiguresAreExact) {
  EXPECT_EQ(SummaryOf({0.3, 0.3, 0.3}, Above(0)).p_value, 0);
  EXPECT_EQ(SummaryOf({0, 0, 0}, Above(0)).p_value, 1);
}

TEST(VerdictTest, ARatioIsThatOfTheMeansWithFiellersInterval) {
  const std::vector<double> of = {2.1, 1.9, 2.2, 1.8, 2.0};
  const std::vector<double> by = {1.05, 0.95, 0.9, 1.1, 1.0};
  const auto summary = SummaryOfRatio(of, by, Above(0));
  ASSERT_TRUE(summary.has_value());
  EXPECT_NEAR(summary->mean, 2, 1e-12);
  EXPECT_TRUE(summary->holds);
  // At its ends the mean of of - r by is at the end of its own interval.
  for (const double end : {summary->lower, summary->upper}) {
    std::vector<double> left;
    for (size_t i = 0; i < of.size(); ++i) left.push_back(of[i] - end * by[i]);
    EXPECT_NEAR(SummaryOf(left, Above(0)).p_value, 0.05, 1e-6);
  }
  // Above 0 is what the numerator alone tells, if the divisor is clear.
  EXPECT_NEAR(summary->p_value,
              std::max(SummaryOf(of, Above(0)).p_value,
                       SummaryOf(by, Above(0)).p_value),
              1e-12);
  // A sign that both have leaves the ratio.
  std::vector<double> less_of, less_by;
  for (const double x : of) less_of.push_back(-x);
  for (const double x : by) less_by.push_back(-x);
  const auto mirrored = SummaryOfRatio(less_of, less_by, Above(0));
  ASSERT_TRUE(mirrored.has_value());
  EXPECT_NEAR(mirrored->lower, summary->lower, 1e-12);
  EXPECT_TRUE(mirrored->holds);
}

TEST(VerdictTest, ARatioByWhatMayBeZeroIsNone) {
  EXPECT_FALSE(
      SummaryOfRatio({1, 1.1, 0.9}, {0.1, -0.2, 0.3}, Above(0)).has_value());
}

// Ratios of seeds apart have a tail without end; the truth is on the boundary.
TEST(VerdictTest, RatiosOfNoisyDivisorsAreSeldomJudgedWrongly) {
  constexpr int kTables = 4000;
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  int wrong = 0;
  for (int table = 0; table < kTables; ++table) {
    std::vector<double> of, by;
    for (int seed = 0; seed < 5; ++seed) {
      by.push_back(1 + 0.5 * normal(random));
      of.push_back(1 + 0.5 * normal(random));
    }
    const auto summary = SummaryOfRatio(of, by, Above(1));
    wrong += summary.has_value() && summary->p_value <= 0.05;
  }
  EXPECT_LE(wrong, 0.06 * kTables);
}

TEST(VerdictTest, HolmsExample) {
  const std::vector<double> adjusted = AdjustByHolm({0.01, 0.04, 0.03, 0.005});
  EXPECT_NEAR(adjusted[0], 0.03, 1e-12);
  EXPECT_NEAR(adjusted[1], 0.06, 1e-12);
  EXPECT_NEAR(adjusted[2], 0.06, 1e-12);
  EXPECT_NEAR(adjusted[3], 0.02, 1e-12);
}

TEST(VerdictTest, SeedsThatDecideDoDecide) {
  const SeedSummary summary = SummaryOf({0.1, 0.9, 0.2, 1.2}, Above(0));
  const int seeds = SeedsThatDecide(summary, Above(0), 0.01);
  ASSERT_GT(seeds, 4);
  const double deviation = summary.standard_error * 2;
  // So many, spread alike: half at each side of the mean.
  std::vector<double> figures;
  for (int i = 0; i < seeds; ++i) {
    figures.push_back(summary.mean + (i % 2 == 0 ? 1 : -1) * deviation);
  }
  EXPECT_LT(SummaryOf(figures, Above(0)).p_value, 0.013);
  EXPECT_EQ(SeedsThatDecide(SummaryOf({-1, 1, 0}, Above(0)), Above(0), 0.01),
            0);
}

TEST(VerdictTest, SeedsThatDecideARatioAlsoTellItsDivisorFromZero) {
  const std::vector<double> of = {2, 2.2, 1.8, 2.4};
  const std::vector<double> by = {0.6, 1.4, 0.5, 1.5};
  const auto summary = SummaryOfRatio(of, by, Above(0));
  ASSERT_TRUE(summary.has_value());
  ASSERT_TRUE(summary->divisor.has_value());
  const auto of_alone = [](const std::vector<double>& figures) {
    return SeedsThatDecide(SummaryOf(figures, Above(0)), Above(0), 0.001);
  };
  ASSERT_GT(of_alone(by), of_alone(of));
  EXPECT_EQ(SeedsThatDecide(*summary, Above(0), 0.001), of_alone(by));
}

// Reports of `parts` figures whose truth is on the boundary: any verdict on
// them is wrong. The seeds share a part of their noise, and `skewed` noise is
// that of an exponential distribution less its mean.
double ShareOfReportsWithAWrongVerdict(int parts, int seeds, bool skewed) {
  constexpr int kReports = 4000;
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> exponential;
  int wrong = 0;
  for (int report = 0; report < kReports; ++report) {
    std::vector<double> shared(seeds);
    for (double& x : shared) x = normal(random);
    std::vector<double> p_values;
    for (int part = 0; part < parts; ++part) {
      std::vector<double> figures;
      for (const double common : shared) {
        const double own =
            skewed ? exponential(random) - exponential(random) : normal(random);
        figures.push_back(0.5 * common + own);
      }
      p_values.push_back(SummaryOf(figures, Above(0)).p_value);
    }
    const std::vector<double> adjusted = AdjustByHolm(p_values);
    wrong +=
        *std::min_element(adjusted.begin(), adjusted.end()) <= kWrongVerdicts;
  }
  return static_cast<double>(wrong) / kReports;
}

TEST(VerdictTest, AtMostOneReportInTwentyHasAWrongVerdict) {
  // 0.05 and three standard errors of 4000 reports.
  constexpr double kMax = 0.06;
  for (const int seeds : {3, 5}) {
    for (const bool skewed : {false, true}) {
      EXPECT_LE(ShareOfReportsWithAWrongVerdict(20, seeds, skewed), kMax)
          << seeds << " seeds, skewed " << skewed;
      EXPECT_LE(ShareOfReportsWithAWrongVerdict(1, seeds, skewed), kMax);
    }
  }
}

// Why it is Student's t: what percentiles of resampled seeds would do.
TEST(VerdictTest, PercentilesOfThreeSeedsHoldTheTruthTooSeldom) {
  constexpr int kTables = 4000;
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  int by_percentiles = 0;
  int by_t = 0;
  for (int table = 0; table < kTables; ++table) {
    const std::vector<double> seeds = {normal(random), normal(random),
                                       normal(random)};
    // All 27 resamples; their 2.5 and 97.5 percentiles are the ends.
    std::vector<double> means;
    for (const double a : seeds) {
      for (const double b : seeds) {
        for (const double c : seeds) means.push_back((a + b + c) / 3);
      }
    }
    const auto [least, most] = std::minmax_element(means.begin(), means.end());
    by_percentiles += *least <= 0 && *most >= 0;
    const SeedSummary summary = SummaryOf(seeds, Above(0));
    by_t += summary.lower <= 0 && summary.upper >= 0;
  }
  EXPECT_LT(by_percentiles, 0.8 * kTables);
  EXPECT_NEAR(by_t, 0.95 * kTables, 0.015 * kTables);
}

TEST(VerdictTest, EffectsThatAreThereAreFound) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal(8, 1);
  std::vector<double> p_values;
  for (int part = 0; part < 20; ++part) {
    std::vector<double> figures;
    for (int seed = 0; seed < 5; ++seed) figures.push_back(normal(random));
    p_values.push_back(SummaryOf(figures, Above(0)).p_value);
  }
  const std::vector<double> adjusted = AdjustByHolm(p_values);
  EXPECT_GE(std::count_if(adjusted.begin(), adjusted.end(),
                          [](double p) { return p <= kWrongVerdicts; }),
            18);
}

}  // namespace
}  // namespace isoshape
