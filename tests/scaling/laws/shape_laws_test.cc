#include "scaling/laws/shape_laws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "scaling/laws/levine_law.h"
#include "scaling/laws/ratio_law_rows.h"
#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// Runs of the ratio law over sizes, tokens and aspect ratios.
Runs RatioRuns(double g, double c1, double noise, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  RatioLaw law;
  law.e = 1.7;
  law.alpha = 0.34;
  law.beta = 0.3;
  law.ln_a = std::log(400);
  law.ln_b = std::log(400);
  law.g = g * 400;
  law.c1 = c1;
  law.c0 = std::log(40) - c1 * std::log(1e8);
  Runs table;
  for (const double size : {1e7, 3e7, 1e8, 3e8}) {
    for (const double per_size : {5.0, 20.0, 80.0}) {
      for (const double ratio : {8.0, 20.0, 50.0, 120.0}) {
        const double tokens = per_size * size;
        const double depth = std::cbrt(size / 12 / ratio / ratio);
        table.size.push_back(size);
        table.params.push_back(size);
        table.tokens.push_back(tokens);
        table.flops.push_back(6 * size * tokens);
        table.depth.push_back(depth);
        table.width.push_back(ratio * depth);
        table.loss.push_back(std::exp(
            law.LogLoss(std::log(size), std::log(tokens), std::log(ratio)) +
            noise * normal(engine)));
      }
    }
  }
  return table;
}

TEST(RatioLawRowsTest, GradientIsTheSlopeOfTheObjective) {
  const Runs table = RatioRuns(0.06, 0.1, 0.01, 5);
  RatioLawData data;
  for (size_t i = 0; i < table.rows(); ++i) {
    data.ln_size.push_back(std::log(table.size[i]));
    data.ln_tokens.push_back(std::log(table.tokens[i]));
    data.ln_ratio.push_back(std::log(table.width[i] / table.depth[i]));
    data.ln_loss.push_back(std::log(table.loss[i]));
    data.weights.push_back(static_cast<double>(i % 3));
  }
  const RatioLawRows rows(data, {});
  RatioLaw law{.e = 1.6, .ln_a = 6, .ln_b = 6, .alpha = 0.33, .beta = 0.31};
  law.g = 20;
  law.c0 = 3;
  law.c1 = 0.03;
  const Eigen::VectorXd theta = rows.ToTheta(law);
  // The same law, whatever the coordinates.
  EXPECT_NEAR(rows.ToLaw(theta).LogLoss(18, 20, 3.5), law.LogLoss(18, 20, 3.5),
              1e-12);
  Eigen::VectorXd gradient(8);
  double objective = 0;
  for (size_t i = 0; i < data.rows(); ++i) {
    objective +=
        data.weights[i] *
        RobustLoss{.huber_delta = 1e-2}(
            law.LogLoss(data.ln_size[i], data.ln_tokens[i], data.ln_ratio[i]) -
            data.ln_loss[i]);
  }
  EXPECT_NEAR(rows.Objective(theta.data(), 1e-2, gradient.data()), objective,
              1e-12);
  for (Eigen::Index k = 0; k < 8; ++k) {
    Eigen::VectorXd up = theta;
    Eigen::VectorXd down = theta;
    up[k] += 1e-6;
    down[k] -= 1e-6;
    EXPECT_NEAR(gradient[k],
                (rows.Objective(up.data(), 1e-2, nullptr) -
                 rows.Objective(down.data(), 1e-2, nullptr)) /
                    2e-6,
                1e-6)
        << k;
  }
}

TEST(RatioLawTest, RecoversTheLawWithoutNoise) {
  const auto result = CompareShapeLaws(RatioRuns(0.06, 0.1, 0, 1), {});
  ASSERT_TRUE(result.ok()) << result.status();
  const RatioLaw& law = result->ratio.law;
  EXPECT_TRUE(result->ratio.converged) << result->ratio.problem;
  EXPECT_NEAR(law.alpha, 0.34, 1e-4);
  EXPECT_NEAR(law.beta, 0.3, 1e-4);
  EXPECT_NEAR(law.e, 1.7, 1e-3);
  EXPECT_NEAR(law.c1, 0.1, 1e-3);
  EXPECT_NEAR(law.BestLogRatio(std::log(1e8)), std::log(40), 1e-3);
  EXPECT_EQ(result->scores[result->chosen].name, "ratio");
  EXPECT_LT(result->scores[1].held_out_rmse, 1e-4);
  EXPECT_GT(result->scores[0].held_out_rmse, 1e-3);
}

// The loss at either end of the band is above the least by the share asked.
TEST(RatioLawTest, TheBandHoldsTheAspectRatiosWithinTheShare) {
  RatioLaw law{.e = 1.7, .ln_a = 6, .ln_b = 6, .alpha = 0.34, .beta = 0.3};
  law.g = 20;
  law.c0 = 3;
  const double n = std::log(1e8);
  const double d = std::log(1e9);
  const double half = law.BandHalfWidth(n, d, 0.01);
  EXPECT_NEAR(std::exp(law.LogLoss(n, d, 3 + half) - law.LogLoss(n, d, 3)),
              1.01, 1e-12);
  law.g = 0;
  EXPECT_TRUE(std::isinf(law.BandHalfWidth(n, d, 0.01)));
}

TEST(RatioLawTest, HypothesesFollowTheTruth) {
  const auto judge = [](double g, double c1) {
    const Runs table = RatioRuns(g, c1, 0.002, 7);
    const auto result = CompareShapeLaws(table, {});
    EXPECT_TRUE(result.ok()) << result.status();
    const auto resampling =
        Resampling::CaseBootstrap(table.rows(), {.count = 60, .seed = 1});
    return JudgeShape(table, *result,
                      BootstrapRatioLaw(*result, *resampling, {}, {}), 0.95);
  };
  const ShapeHypotheses drifting = judge(0.08, 0.25);
  EXPECT_TRUE(drifting.shape_matters);
  EXPECT_TRUE(drifting.ratio_drifts);
  const ShapeHypotheses constant = judge(0.08, 0);
  EXPECT_TRUE(constant.shape_matters);
  EXPECT_FALSE(constant.ratio_drifts);
  EXPECT_FALSE(judge(0, 0).shape_matters);
}

// The test has its nominal size, also if the rows of a run share an error.
TEST(ShapeTestTest, RejectsAtItsNominalRateIfShapeDoesNotMatter) {
  constexpr int kTables = 300;
  int rejected = 0;
  int clustered = 0;
  for (uint64_t seed = 0; seed < kTables; ++seed) {
    Runs table = RatioRuns(0, 0, 0.004, seed);
    PowerSum plain{
        .e = 1.7, .ln_a = {std::log(400), std::log(400)}, .alpha = {0.34, 0.3}};
    rejected += TestShape(table, plain).p_value < 0.025 ? 1 : 0;
    std::mt19937_64 engine(seed + 1000);
    std::normal_distribution<double> normal(0, 0.01);
    for (size_t i = 0; i < table.rows(); ++i) {
      // Rows of one size and ratio, at three numbers of tokens, are one run.
      table.run.push_back(std::to_string(i / 12 * 4 + i % 4));
    }
    std::vector<double> shift(16);
    for (double& one : shift) one = normal(engine);
    for (size_t i = 0; i < table.rows(); ++i) {
      table.loss[i] *= std::exp(shift[i / 12 * 4 + i % 4]);
    }
    clustered += TestShape(table, plain).p_value < 0.025 ? 1 : 0;
  }
  // Three standard deviations of 300 draws are 2.7 %.
  EXPECT_NEAR(100.0 * rejected / kTables, 2.5, 2.7);
  EXPECT_LE(100.0 * clustered / kTables, 8);
}

// Neither do outliers, a tenth of the runs and up to 30 % high.
TEST(ShapeTestTest, OutliersDoNotShowThatShapeMatters) {
  constexpr int kTables = 1000;
  int rejected = 0;
  int found = 0;
  const PowerSum plain{
      .e = 1.7, .ln_a = {std::log(400), std::log(400)}, .alpha = {0.34, 0.3}};
  const auto spoil = [](Runs& table, uint64_t seed) {
    std::mt19937_64 engine(seed + 5000);
    std::uniform_real_distribution<double> uniform;
    for (double& loss : table.loss) {
      if (uniform(engine) < 0.1) {
        loss *= std::exp(0.02 + 0.28 * uniform(engine));
      }
    }
  };
  for (uint64_t seed = 0; seed < kTables; ++seed) {
    Runs table = RatioRuns(0, 0, 0.004, seed);
    spoil(table, seed);
    rejected += TestShape(table, plain).p_value < 0.025 ? 1 : 0;
    Runs shaped = RatioRuns(0.02, 0, 0.004, seed);
    spoil(shaped, seed);
    found += TestShape(shaped, plain).p_value < 0.025 ? 1 : 0;
  }
  RecordProperty("rejected", rejected);
  RecordProperty("found", found);
  EXPECT_LE(rejected, 40);
  EXPECT_GE(found, 990);
}

// The degrees of freedom are those of the runs that are left, and outliers are
// not left out if too few would be.
TEST(ShapeTestTest, CountsTheRunsThatOutliersLeave) {
  const PowerSum plain{
      .e = 1.7, .ln_a = {std::log(400), std::log(400)}, .alpha = {0.34, 0.3}};
  // `names` of four runs of twelve rows, over all sizes, tokens and ratios; run
  // 1 is `off` too high.
  const auto test = [&](const std::vector<std::string>& names, double off) {
    Runs table = RatioRuns(0, 0, 0.004, 3);
    for (size_t i = 0; i < table.rows(); ++i) {
      const size_t run = (i % 4 + 2 * (i / 4 % 3) + i / 12) % 4;
      table.run.push_back(names[run]);
      if (run == 1) table.loss[i] *= std::exp(off);
    }
    return TestShape(table, plain);
  };
  const std::vector<std::string> four = {"a", "b", "c", "d"};
  EXPECT_EQ(test(four, 0).degrees_of_freedom, 3);
  EXPECT_EQ(test(four, 0.3).degrees_of_freedom, 2);
  EXPECT_NEAR(test(four, 0.1).t, test(four, 0.3).t, 1e-6);
  // Of three runs two would be left, which is one degree of freedom.
  const std::vector<std::string> three = {"a", "b", "c", "c"};
  EXPECT_EQ(test(three, 0.3).degrees_of_freedom, 2);
  EXPECT_GT(std::abs(test(three, 0.1).t - test(three, 0.3).t), 0.01);
}

TEST(RatioLawTest, RefusesRunsThatCannotFixIt) {
  Runs table = RatioRuns(0.06, 0, 0, 1);
  table.width.clear();
  EXPECT_EQ(CompareShapeLaws(table, {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  table = RatioRuns(0.06, 0, 0, 1);
  for (size_t i = 0; i < table.rows(); ++i) {
    table.width[i] = 30 * table.depth[i];
  }
  EXPECT_THAT(std::string(CompareShapeLaws(table, {}).status().message()),
              HasSubstr("aspect ratio is the same in all runs"));
}

TEST(LevineTest, FitsTheBestShapeOfEachBudget) {
  Runs table;
  for (const double depth : {4.0, 8.0, 16.0}) {
    for (const double off : {0.0, 1.0}) {
      table.size.push_back(1e6);
      table.tokens.push_back(1e7);
      table.budget.push_back(depth * 1e12);
      table.depth.push_back(depth + off);
      table.width.push_back(std::exp(5 + 0.05 * depth) * (1 + off));
      table.loss.push_back(2 + off);
    }
  }
  const auto fit = FitLevine(table);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(fit->law.a, 5, 1e-9);
  EXPECT_NEAR(fit->law.b, 0.05, 1e-9);
  EXPECT_EQ(fit->optima, 3);
  table.depth.assign(table.rows(), 4);
  EXPECT_THAT(std::string(FitLevine(table).status().message()),
              HasSubstr("best shapes of different depth"));
}

// Top quarter of FLOPs left out of the gemstones hot set (docs/shape-laws.md).
TEST(PublishedShapeLawTest, HeldOutErrorsOfGemstones) {
  READ_PUBLISHED_OR_SKIP(text, "gemstones.csv");
  RunFormat format;
  format.loss = "val_loss";
  format.where = {{"in_hot_le100b", "1"}};
  const auto table = ParseRuns(text, "gemstones.csv", format);
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows(), 220);
  const auto sizes = WithSize(*table, SizeMeasure::kFlopsPerToken);
  ASSERT_TRUE(sizes.ok()) << sizes.status();
  const auto by_flops = CompareShapeLaws(*sizes, {});
  ASSERT_TRUE(by_flops.ok()) << by_flops.status();
  for (const ShapeLawScore& score : by_flops->scores) {
    EXPECT_TRUE(score.converged) << score.name << ": " << score.problem;
  }
  const auto by_params = CompareShapeLaws(*table, {});
  ASSERT_TRUE(by_params.ok()) << by_params.status();
  EXPECT_NEAR(by_params->scores[0].held_out_rmse, 0.026, 0.001);
  EXPECT_NEAR(by_flops->scores[1].held_out_rmse, 0.021, 0.0015);
  EXPECT_NEAR(by_flops->scores[2].held_out_rmse, 0.018, 0.0007);
  EXPECT_NEAR(by_flops->scores[3].held_out_rmse, 0.016, 0.0007);
  EXPECT_EQ(by_flops->scores[by_flops->chosen].name, "width-depth");
  // The aspect ratio at the largest run by FLOPs per token (science: 40-44).
  const RatioLaw& law = by_flops->ratio.law;
  EXPECT_GT(law.g, 0);
  EXPECT_NEAR(std::exp(law.BestLogRatio(std::log(3e8))), 42, 6);
}

}  // namespace
}  // namespace isoshape
