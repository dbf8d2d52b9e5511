#include "scaling/allocation/shape_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "shape/accounting.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

RatioLaw Law() {
  RatioLaw law{.e = 1.7,
               .ln_a = std::log(400),
               .ln_b = std::log(410),
               .alpha = 0.34,
               .beta = 0.28};
  law.g = 20;
  law.c0 = std::log(40);
  return law;
}

ShapeOptimum Optimum(double flops = 1e21) {
  return *ShapeOptimumOf(Law(), {.flops = flops});
}

ShapeCandidates Candidates() {
  ShapeCandidates candidates;
  SearchSpace& space = candidates.space;
  space.base.head_dim = 64;
  space.base.vocab = 32000;
  space.base.context = 1024;
  space.max_depth = 512;
  space.max_width = 1 << 20;
  return candidates;
}

// No shape whose aspect ratio is as near has a nearer size.
TEST(NearestShapeTest, NearestShapeIsNearInSizeAndAspectRatio) {
  for (const SizeMeasure measure :
       {SizeMeasure::kParams, SizeMeasure::kFlopsPerToken}) {
    for (const double size : {2e8, 1e9, 2e10}) {
      for (const double ratio : {20.0, 60.0, 120.0}) {
        const Shape shape =
            NearestShape(Candidates().space, measure, size, ratio);
        EXPECT_NEAR(std::log(SizeOf(shape, measure) / size), 0, 0.25);
        EXPECT_NEAR(std::log(AspectRatio(shape) / ratio), 0, 0.15);
      }
    }
  }
}

TEST(BestShapesTest, TheBestIsNotBeatenByItsNeighbours) {
  const double flops = 1e21;
  const auto shapes =
      BestShapes(Optimum(), Candidates(), SizeMeasure::kFlopsPerToken,
                 {.flops = flops}, 5);
  ASSERT_TRUE(shapes.ok()) << shapes.status();
  ASSERT_EQ(shapes->size(), 5);
  const ShapeChoice& best = shapes->front();
  const auto loss = [&](int64_t depth, int64_t width) {
    const Shape shape = ShapeInSpace(Candidates().space, depth, width);
    const double n = SizeOf(shape, SizeMeasure::kFlopsPerToken);
    return std::exp(Law().LogLoss(std::log(n), std::log(flops / (6 * n)),
                                  std::log(AspectRatio(shape))));
  };
  for (const int64_t more : {-1, 0, 1}) {
    for (const int64_t wider : {-64, 0, 64}) {
      EXPECT_LE(best.loss - 1e-12,
                loss(best.shape.depth + more, best.shape.width + wider));
    }
  }
  EXPECT_NEAR(6 * best.size * best.tokens, flops, 1e-6 * flops);
  // Near the optimum of the law itself.
  EXPECT_NEAR(
      std::log(best.size / OptimumAt(AtBestRatio(Law()), flops, {}).size), 0,
      0.1);
  EXPECT_NEAR(std::log(AspectRatio(best.shape) / 40), 0, 0.15);
  for (size_t i = 1; i < shapes->size(); ++i) {
    EXPECT_GE((*shapes)[i].loss, (*shapes)[i - 1].loss);
  }
}

TEST(BestShapesTest, LimitsHoldAndCost) {
  const auto free = BestShapes(Optimum(), Candidates(), SizeMeasure::kParams,
                               {.flops = 1e21}, 1);
  ASSERT_TRUE(free.ok()) << free.status();
  ShapeCandidates candidates = Candidates();
  candidates.space.max_parameters = 100'000'000;
  const auto small = BestShapes(Optimum(), candidates, SizeMeasure::kParams,
                                {.flops = 1e21}, 3);
  ASSERT_TRUE(small.ok()) << small.status();
  for (const ShapeChoice& choice : *small) {
    EXPECT_LE(CountParameters(choice.shape).total(), 100'000'000);
  }
  // The limit is used, and what it costs is in the loss.
  EXPECT_GT(CountParameters(small->front().shape).total(), 80'000'000);
  EXPECT_GT(small->front().loss, free->front().loss);
  candidates = Candidates();
  candidates.space.max_memory_bytes = int64_t{8} << 30;
  const auto light = BestShapes(Optimum(), candidates, SizeMeasure::kParams,
                                {.flops = 1e21}, 1);
  ASSERT_TRUE(light.ok()) << light.status();
  EXPECT_LE(
      EstimateTrainingMemory(light->front().shape, candidates.tokens_per_step)
          .total(),
      candidates.space.max_memory_bytes);
}

TEST(BestShapesTest, RefusesWhatCannotBe) {
  ShapeCandidates candidates = Candidates();
  candidates.space.max_parameters = 1000;
  EXPECT_THAT(std::string(BestShapes(Optimum(), candidates,
                                     SizeMeasure::kParams, {.flops = 1e21}, 1)
                              .status()
                              .message()),
              HasSubstr("within the limits"));
}

// What was tried bounds the aspect ratio, and marks depth and width.
TEST(BestShapesTest, StaysNearWhatWasTried) {
  Runs runs;
  runs.loss = {3, 3};
  runs.width = {512, 1024};
  runs.depth = {64, 64};  // aspect ratios 8 and 16; the best is 40
  ShapeCandidates candidates = Candidates();
  candidates.tried = TriedShapes::Of(runs);
  const auto shapes = BestShapes(Optimum(), candidates, SizeMeasure::kParams,
                                 {.flops = 1e21}, 5);
  ASSERT_TRUE(shapes.ok()) << shapes.status();
  for (const ShapeChoice& choice : *shapes) {
    EXPECT_LE(AspectRatio(choice.shape), 32);
    EXPECT_GE(AspectRatio(choice.shape), 4);
  }
  EXPECT_GT(AspectRatio(shapes->front().shape), 28);
  Shape shape = shapes->front().shape;
  shape.depth = 129;
  shape.width = 1024;
  EXPECT_THAT(candidates.tried.Beyond(shape), HasSubstr("depth 129"));
  shape.depth = 128;
  EXPECT_EQ(candidates.tried.Beyond(shape), "");
  shape.width = 192;
  EXPECT_THAT(candidates.tried.Beyond(shape), HasSubstr("width 192"));
}

}  // namespace
}  // namespace isoshape
