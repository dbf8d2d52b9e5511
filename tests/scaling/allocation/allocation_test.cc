#include "scaling/allocation/allocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "scaling/laws/repeated_data.h"

namespace isoshape {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kFlops = 1e21;

// L = 1.8 + 400 N^-.34 + 2000 D^-.36.
PowerSum Law() {
  return {.e = 1.8,
          .ln_a = {std::log(400.0), std::log(2000.0)},
          .alpha = {0.34, 0.36}};
}
double Loss(double size, double tokens) {
  return 1.8 + 400 * std::pow(size, -0.34) + 2000 * std::pow(tokens, -0.36);
}

// The size of least loss on a fine grid: an independent answer.
template <typename Function>
double Scan(const Function& loss) {
  double best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (double ln_size = std::log(1e6); ln_size < std::log(1e12);
       ln_size += 1e-4) {
    const double value = loss(std::exp(ln_size));
    if (value < least) {
      least = value;
      best = std::exp(ln_size);
    }
  }
  return best;
}

TEST(AllocationTest, ThePlainOptimumIsTheClosedForm) {
  const Allocated got = Allocate(Law(), {.flops = kFlops});
  const ComputeOptimum exact = OptimumAt(Law(), kFlops, {});
  EXPECT_EQ(got.size, exact.size);
  EXPECT_EQ(got.tokens, exact.tokens);
  EXPECT_EQ(got.loss, exact.loss);
}

// Sardana et al. 2024, equation 2: 6 N D + 2 N T = C.
TEST(AllocationTest, ServingTakesItsPartOfTheCompute) {
  for (const double serve : {1e10, 1e11, 1e12}) {
    SCOPED_TRACE(serve);
    const Allocated got =
        Allocate(Law(), {.flops = kFlops, .serve_tokens = serve});
    EXPECT_NEAR((6 * got.size * got.tokens + 2 * got.size * serve) / kFlops, 1,
                1e-9);
    const auto loss = [&](double size) {
      const double tokens = kFlops / 6 / size - serve / 3;
      return tokens > 0 ? Loss(size, tokens) : 1e9;
    };
    EXPECT_NEAR(got.size / Scan(loss), 1, 3e-4);
    EXPECT_NEAR(got.loss, Loss(got.size, got.tokens), 1e-12);
    EXPECT_NEAR(got.training_share, 6 * got.size * got.tokens / kFlops, 1e-9);
    // Served models are smaller and trained longer (ibid., section 3).
    const ComputeOptimum alone = OptimumAt(Law(), kFlops, {});
    EXPECT_LT(got.size, alone.size);
    EXPECT_GT(got.tokens / got.size, alone.tokens / alone.size);
    EXPECT_GT(got.gain, 0);
  }
  const Allocated hardly =
      Allocate(Law(), {.flops = kFlops, .serve_tokens = 1e3});
  EXPECT_NEAR(hardly.size / OptimumAt(Law(), kFlops, {}).size, 1, 1e-6);
  EXPECT_NEAR(hardly.gain, 0, 1e-9);
}

TEST(AllocationTest, AFixedRatioFixesTheSizeAndCostsLoss) {
  const Allocated got =
      Allocate(Law(), {.flops = kFlops, .tokens_per_size = 200});
  EXPECT_NEAR(got.size / std::sqrt(kFlops / 6 / 200), 1, 1e-12);
  EXPECT_NEAR(got.tokens / got.size, 200, 1e-9);
  const ComputeOptimum best = OptimumAt(Law(), kFlops, {});
  EXPECT_NEAR(got.above_best, Loss(got.size, got.tokens) - best.loss, 1e-12);
  // The compute at which the optimum has this loss.
  const double saved =
      OptimumAt(Law(), kFlops * (1 - got.wasted_compute), {}).loss;
  EXPECT_NEAR(saved, got.loss, 1e-9);
  // At the best ratio nothing is lost.
  EXPECT_NEAR(Allocate(Law(), {.flops = kFlops,
                               .tokens_per_size = best.tokens / best.size})
                  .above_best,
              0, 1e-12);
  // With serving, both together take the compute.
  const Allocated served = Allocate(
      Law(), {.flops = kFlops, .serve_tokens = 1e12, .tokens_per_size = 200});
  EXPECT_NEAR(served.size * (6 * served.tokens + 2e12) / kFlops, 1, 1e-9);
  EXPECT_NEAR(served.tokens / served.size, 200, 1e-6);
}

// Muennighoff et al. 2023: the optimum is of the law of repeated data itself.
TEST(AllocationTest, ACorpusIsOptimisedAndNotJustWarnedOf) {
  constexpr double kCorpus = 1e9;
  const Allocated got =
      Allocate(Law(), {.flops = kFlops, .corpus_tokens = kCorpus});
  const auto loss = [](double size) {
    return PredictRepeated(Law(), size, kFlops / 6 / size, kCorpus, {})->loss;
  };
  EXPECT_NEAR(got.size / Scan(loss), 1, 3e-4);
  EXPECT_NEAR(got.loss, loss(got.size), 1e-9);
  const ComputeOptimum fresh = OptimumAt(Law(), kFlops, {});
  EXPECT_GT(got.loss, fresh.loss + 0.1);
  EXPECT_LT(got.loss, loss(fresh.size));
  // A corpus that is not used up changes nothing.
  const Allocated ample =
      Allocate(Law(), {.flops = kFlops, .corpus_tokens = 1e13});
  EXPECT_NEAR(ample.size / fresh.size, 1, 1e-6);
  EXPECT_NEAR(ample.loss, fresh.loss, 1e-12);
}

TEST(AllocationTest, APlaceIsTakenAsItIs) {
  const Allocation allocation{.flops = 6e19,
                              .place = Place{.size = 1e9, .tokens = 1e10}};
  const Allocated got = Allocate(Law(), allocation);
  EXPECT_NEAR(got.loss, Loss(1e9, 1e10), 1e-12);
  EXPECT_NEAR(got.above_best, Loss(1e9, 1e10) - OptimumAt(Law(), 6e19, {}).loss,
              1e-9);
}

TEST(AllocationTest, WhatCannotBeIsRefused) {
  const auto code = [](const Allocation& allocation) {
    return CheckAllocation(allocation).code();
  };
  const absl::StatusCode refused = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code({.flops = 0}), refused);
  EXPECT_EQ(code({.flops = 1e21, .serve_tokens = -1}), refused);
  EXPECT_EQ(code({.flops = 1e21, .tokens_per_size = 0}), refused);
  EXPECT_EQ(code({.flops = 1e21, .place = Place{.size = 0, .tokens = 1}}),
            refused);
  EXPECT_EQ(code({.flops = 1e21,
                  .serve_tokens = 1,
                  .place = Place{.size = 1, .tokens = 1}}),
            refused);
  EXPECT_TRUE(CheckAllocation({.flops = 1e21, .serve_tokens = 1e9}).ok());
}

TEST(AllocationTest, RatiosBeyondTheRunsAreMarked) {
  Runs runs;
  runs.size = {1e6, 1e7};
  runs.tokens = {1e7, 4e8};
  runs.loss = {3, 2};
  EXPECT_THAT(WarnOfUnseen(runs, 1e9, 7e10), IsEmpty());
  EXPECT_THAT(WarnOfUnseen(runs, 1e9, 9e10), SizeIs(1));
  EXPECT_THAT(WarnOfUnseen(runs, 1e9, 4e9), SizeIs(1));
}

}  // namespace
}  // namespace isoshape
