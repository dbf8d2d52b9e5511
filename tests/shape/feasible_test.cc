#include "shape/feasible.h"

#include <cmath>
#include <optional>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shape/accounting.h"
#include "shape/search_space.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

double Uniform(std::mt19937* rng, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(*rng);
}

SearchSpace RandomSpace(std::mt19937* rng) {
  SearchSpace space;
  space.base.head_dim = 8 << ((*rng)() % 4);
  space.base.vocab = 64 << ((*rng)() % 6);
  space.base.context = 32 << ((*rng)() % 4);
  if ((*rng)() % 2 == 0) {
    space.base.activation = Activation::kGelu;
    space.ffn_ratio = 4;
  }
  space.ffn_multiple = 1 << ((*rng)() % 6);
  space.min_depth = 1 + (*rng)() % 4;
  space.max_depth = space.min_depth + (*rng)() % 20;
  space.min_width = 1 + (*rng)() % 100;
  space.max_width = space.min_width + (*rng)() % 600;
  if ((*rng)() % 2 == 0) space.min_tokens = 1 + (*rng)() % 100000;
  if ((*rng)() % 2 == 0) space.max_parameters = 10000 + (*rng)() % 1000000;
  if ((*rng)() % 2 == 0) space.max_memory_bytes = 1 << (20 + (*rng)() % 10);
  return space;
}

TEST(NearestFeasibleShape, KeepsEveryBoundOverRandomSpaces) {
  std::mt19937 rng(7);
  int found = 0, refused = 0;
  for (int i = 0; i < 400; ++i) {
    const SearchSpace space = RandomSpace(&rng);
    const double budget = std::pow(10, Uniform(&rng, 9, 14));
    const int64_t step = space.base.context * (1 + rng() % 16);
    const ShapeTarget target = {.size = std::pow(10, Uniform(&rng, 3, 7)),
                                .aspect_ratio = std::exp(Uniform(&rng, 0, 6))};
    if (!SpaceProblem(space).empty()) {
      ++refused;
      continue;
    }
    const std::optional<Shape> shape =
        NearestFeasibleShape(space, step, budget, target);
    EXPECT_EQ(shape.has_value(), NoShapeProblem(space, step, budget).empty());
    if (!shape.has_value()) {
      ++refused;
      continue;
    }
    ++found;
    EXPECT_EQ(FeasibilityProblem(space, *shape, step, budget), "");
    EXPECT_EQ(shape->width % space.base.head_dim, 0);
    EXPECT_GE(shape->width, space.min_width);
    EXPECT_LE(shape->width, space.max_width);
    EXPECT_GE(shape->depth, space.min_depth);
    EXPECT_LE(shape->depth, space.max_depth);
    EXPECT_EQ(shape->kv_heads, shape->heads);
    EXPECT_EQ(shape->heads * shape->head_dim, shape->width);
    EXPECT_EQ(shape->ffn_width % space.ffn_multiple, 0);
    const double usual = space.ffn_ratio * static_cast<double>(shape->width);
    EXPECT_LE(std::abs(static_cast<double>(shape->ffn_width) - usual),
              std::max(kFfnTuning * usual + 1e-6,
                       static_cast<double>(space.ffn_multiple)));
    EXPECT_GE(StepsAtBudget(*shape, budget, step) * step,
              TokenFloor(space, step));
    if (space.max_parameters > 0) {
      EXPECT_LE(CountParameters(*shape).total(), space.max_parameters);
    }
    if (space.max_memory_bytes > 0) {
      EXPECT_LE(EstimateTrainingMemory(*shape, step).total(),
                space.max_memory_bytes);
    }
  }
  EXPECT_GT(found, 100);
  EXPECT_GT(refused, 20);
}

// The remedy of the message is enough.
TEST(NoShapeProblem, NamesABudgetThatSuffices) {
  SearchSpace space;
  for (const int64_t floor : {0, 1, 5000, 99999, 123456789}) {
    space.min_tokens = floor;
    const std::string message = NoShapeProblem(space, 2048, 1e6);
    const std::string mark = "raise the budget to at least ";
    const size_t at = message.find(mark);
    ASSERT_NE(at, std::string::npos) << message;
    const double needed = std::stod(message.substr(at + mark.size()));
    EXPECT_EQ(NoShapeProblem(space, 2048, needed), "");
    EXPECT_NE(NoShapeProblem(space, 2048, needed * 0.4), "");
  }
}

TEST(NoShapeProblem, NamesTheLimitThatIsTooTight) {
  SearchSpace space;
  space.max_parameters = 100;
  EXPECT_THAT(NoShapeProblem(space, 2048, 1e12),
              HasSubstr("max_parameters 100 is too small"));
  space.max_parameters = 0;
  space.max_memory_bytes = 100;
  EXPECT_THAT(NoShapeProblem(space, 2048, 1e12),
              HasSubstr("max_memory_bytes 100 is too small"));
}

TEST(NearestFeasibleShape, MeetsATightToleranceByTuningTheFfn) {
  const std::optional<Shape> shape =
      NearestFeasibleShape(SearchSpace(), 2048, 1e13, {300e3, 16, 0.01});
  ASSERT_TRUE(shape.has_value());
  EXPECT_NEAR(EffectiveSize(*shape) / 300e3, 1, 0.01);
}

TEST(NearestFeasibleShape, IsNoneIfTheToleranceCannotBeMet) {
  SearchSpace space;
  space.max_depth = 1;
  space.max_width = 16;
  EXPECT_EQ(NearestFeasibleShape(space, 2048, 1e13, {1e6, 16, 0.01}),
            std::nullopt);
}

TEST(NearestFeasibleShape, TakesOnlyWhatIsAccepted) {
  const auto deep = [](const Shape& shape) { return shape.depth >= 10; };
  const std::optional<Shape> any =
      NearestFeasibleShape(SearchSpace(), 2048, 1e13, {300e3, 64});
  const std::optional<Shape> accepted =
      NearestFeasibleShape(SearchSpace(), 2048, 1e13, {300e3, 64}, deep);
  ASSERT_TRUE(any.has_value());
  ASSERT_TRUE(accepted.has_value());
  EXPECT_LT(any->depth, 10);
  EXPECT_GE(accepted->depth, 10);
}

// Against every shape of a small space, one by one.
TEST(NearestFeasibleShape, AgreesWithBruteForceIfTheFfnCannotBeTuned) {
  SearchSpace space;
  space.base.activation = Activation::kGelu;
  space.ffn_ratio = 4;
  space.ffn_multiple = 4096;  // one multiple only, whatever the width
  space.max_width = 320;
  space.max_depth = 12;
  std::mt19937 rng(11);
  for (int i = 0; i < 60; ++i) {
    const double size = std::pow(10, Uniform(&rng, 5, 7.5));
    const double aspect = std::exp(Uniform(&rng, 0, 5));
    double min_cost = 1e300;
    Shape best;
    for (int64_t depth = 1; depth <= 12; ++depth) {
      for (int64_t width = 16; width <= 320; width += 16) {
        const Shape shape = ShapeInSpace(space, depth, width);
        if (!FeasibilityProblem(space, shape, 2048, 1e13).empty()) continue;
        const double cost =
            4 * std::pow(std::log(EffectiveSize(shape) / size), 2) +
            std::pow(std::log(AspectRatio(shape) / aspect), 2);
        if (cost < min_cost) {
          min_cost = cost;
          best = shape;
        }
      }
    }
    const std::optional<Shape> shape =
        NearestFeasibleShape(space, 2048, 1e13, {size, aspect});
    ASSERT_TRUE(shape.has_value());
    EXPECT_EQ(*shape, best) << ShapeLabel(*shape) << " " << ShapeLabel(best);
  }
}

// A scan that must ask whether each shape is accepted begins without a distance
// to beat and looks at more shapes.
TEST(NearestFeasibleShape, WhatIsSkippedIsNeverTheNearest) {
  std::mt19937 rng(3);
  const auto any = [](const Shape&) { return true; };
  int found = 0;
  for (int i = 0; i < 2000; ++i) {
    SearchSpace space = RandomSpace(&rng);
    space.kv_heads = rng() % 4 == 0 ? 2 : 0;
    if (!SpaceProblem(space).empty()) continue;
    const double budget = std::pow(10, Uniform(&rng, 9, 14));
    const int64_t step = space.base.context * (1 + rng() % 16);
    ShapeTarget target = {.size = std::pow(10, Uniform(&rng, 3, 7)),
                          .aspect_ratio = std::exp(Uniform(&rng, -1, 7))};
    if (rng() % 2 == 0) target.size_tolerance = Uniform(&rng, 0.001, 0.3);
    const auto shape = NearestFeasibleShape(space, step, budget, target);
    EXPECT_EQ(shape, NearestFeasibleShape(space, step, budget, target, any));
    found += shape.has_value() ? 1 : 0;
  }
  EXPECT_GT(found, 500);
}

TEST(FeasibilityProblem, NamesTheComputeOfTheFewestTokens) {
  const SearchSpace space;
  const Shape shape = ShapeInSpace(space, 2, 128);
  const std::string problem = FeasibilityProblem(space, shape, 2048, 1e11);
  const std::string before = "below the floor of 40960, which takes ";
  const size_t at = problem.find(before);
  ASSERT_NE(at, std::string::npos) << problem;
  const double enough = std::stod(problem.substr(at + before.size()));
  EXPECT_EQ(FeasibilityProblem(space, shape, 2048, enough), "");
  EXPECT_NE(FeasibilityProblem(space, shape, 2048, 0.95 * enough), "");
}

TEST(FeasibleShapes, AreAllOfASmallSpaceAndNoneOfALargeOne) {
  SearchSpace space;
  space.ffn_multiple = 4096;  // one multiple only, whatever the width
  space.max_depth = 3;
  space.max_width = 64;
  EXPECT_EQ(FeasibleShapes(space, 2048, 1e13, 12).size(), 12u);
  EXPECT_TRUE(FeasibleShapes(space, 2048, 1e13, 11).empty());
  EXPECT_TRUE(FeasibleShapes(space, 2048, 1e6, 12).empty());
  // ffn_width within 30 % of 42.7 at width 16.
  space.ffn_multiple = 8;
  space.max_depth = 1;
  space.max_width = 16;
  std::vector<int64_t> widths;
  for (const Shape& shape : FeasibleShapes(space, 2048, 1e13, 100)) {
    widths.push_back(shape.ffn_width);
    EXPECT_EQ(FeasibilityProblem(space, shape, 2048, 1e13), "");
  }
  EXPECT_EQ(widths, (std::vector<int64_t>{32, 40, 48}));
}

}  // namespace
}  // namespace isoshape
