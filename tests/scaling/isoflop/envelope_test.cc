#include "scaling/isoflop/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void Add(double size, double tokens, double loss, Runs& runs) {
  runs.size.push_back(size);
  runs.tokens.push_back(tokens);
  runs.loss.push_back(loss);
}

TEST(EnvelopeTest, HoldsTheBestRunsUpToTheLeastLoss) {
  Runs runs;
  Add(1e3, 1e5, 4, runs);    // 6e8
  Add(1e3, 2e5, 3.9, runs);  // above the chord
  Add(3e3, 3e5, 3, runs);
  Add(1e4, 9e4, 3.5, runs);  // the same FLOPs as the one before, worse
  Add(1e4, 1e6, 2.5, runs);
  Add(1e4, 2e6, 2.6, runs);  // beyond the least loss
  const auto fit = FitEnvelope(runs);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_THAT(fit->rows, ElementsAre(0, 2, 4));
  EXPECT_NEAR(fit->law.size.slope + fit->law.tokens.slope, 1, 1e-12);
  EXPECT_LT(fit->law.loss.slope, 0);
  // Without the middle vertex, the chord.
  Runs ends;
  Add(1e3, 1e5, 4, ends);
  Add(1e4, 9e4, 3.5, ends);  // above it
  Add(1e4, 1e6, 2.5, ends);
  const auto chord = FitEnvelope(ends);
  ASSERT_TRUE(chord.ok()) << chord.status();
  EXPECT_THAT(chord->rows, ElementsAre(0, 2));
  EXPECT_NEAR(chord->law.size.slope, 0.5, 1e-12);
  EXPECT_NEAR(chord->law.SizeAt(6e9), 1e3 * std::sqrt(10), 1e-6);
}

TEST(EnvelopeTest, GivenFlopsCountRatherThanSixNd) {
  Runs runs;
  Add(1e3, 1e5, 4, runs);
  Add(1e4, 1e6, 3, runs);
  runs.flops = {1e10, 1e14};
  EXPECT_NEAR(FitEnvelope(runs)->law.size.slope, 0.25, 1e-12);
}

// At a dense grid the envelope of a law follows its optimum.
TEST(EnvelopeTest, FollowsTheOptimumOfALaw) {
  Runs runs;
  for (int i = 0; i <= 40; ++i) {
    for (int j = 0; j <= 40; ++j) {
      const double size = 1e6 * std::pow(10, 0.1 * i);
      const double tokens = 1e8 * std::pow(10, 0.1 * j);
      Add(size, tokens,
          1.7 + 400 * std::pow(size, -0.34) + 400 * std::pow(tokens, -0.34),
          runs);
    }
  }
  const auto resampling =
      Resampling::CaseBootstrap(runs.rows(), {.count = 100});
  const auto fit = BootstrapEnvelope(runs, *resampling, {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  const BootstrapEstimate slope = fit->Estimate(
      [](const EnvelopeLaw& law) { return law.size.slope; }, 0.95);
  EXPECT_NEAR(slope.value, 0.5, 0.02);
  EXPECT_EQ(slope.failed, 0);
  EXPECT_LT(*slope.percentile.lower, slope.value);
  EXPECT_GT(*slope.percentile.upper, slope.value);
}

TEST(EnvelopeTest, RefusesRunsThatShowNoEnvelope) {
  Runs runs;
  Add(1e3, 1e5, 2, runs);
  Add(1e4, 1e6, 3, runs);
  const auto status = FitEnvelope(runs).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("1 of 2 runs is on the lower envelope"));
}

// McLeish et al. 2025: N ~ C^.499 by the convex hull of all runs.
TEST(PublishedEnvelopeTest, ConvexHullOfGemstones) {
  READ_PUBLISHED_OR_SKIP(text, "gemstones.csv");
  RunFormat format;
  format.loss = "val_loss";
  format.run = "run_name";
  const auto runs = ParseRuns(text, "gemstones.csv", format);
  ASSERT_TRUE(runs.ok()) << runs.status();
  const auto fit = FitEnvelope(*runs);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->rows.size(), 20);
  EXPECT_NEAR(fit->law.size.slope, 0.499, 5e-4);
  // Points of one training run are one cluster: the interval is wide.
  const auto resampling = Resampling::CaseBootstrap(
      runs->rows(), {.count = 200, .clusters = GroupNumbers(runs->run)});
  const auto bootstrap = BootstrapEnvelope(*runs, *resampling, {});
  ASSERT_TRUE(bootstrap.ok()) << bootstrap.status();
  const BootstrapEstimate slope = bootstrap->Estimate(
      [](const EnvelopeLaw& law) { return law.size.slope; }, 0.95);
  EXPECT_GT(*slope.percentile.upper - *slope.percentile.lower, 0.05);
}

}  // namespace
}  // namespace isoshape
