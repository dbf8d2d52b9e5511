#include "search/spread/draw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "search/spread/sobol_points.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

std::vector<Shape> Draw(int wanted, uint64_t stream,
                        PointSource source = RandomPoint) {
  const auto shapes = DrawShapes({.trials_per_budget = wanted}, SmallProblem(),
                                 0, 8e4, stream, source);
  EXPECT_TRUE(shapes.ok()) << shapes.status();
  return *shapes;
}

TEST(DrawShapes, MoreKeepTheFirstAndStreamsDiffer) {
  for (const PointSource source : {RandomPoint, ScrambledSobolPoint}) {
    std::vector<Shape> more = Draw(20, 3, source);
    ASSERT_EQ(more.size(), 20u);
    more.resize(8);
    EXPECT_EQ(more, Draw(8, 3, source));
    EXPECT_NE(more, Draw(8, 4, source));
  }
}

TEST(DrawShapes, ABudgetTooSmallForAnyShapeIsRefused) {
  EXPECT_EQ(DrawShapes({}, SmallProblem({1e6}), 0, 8e4, 0, RandomPoint)
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

// Budgets and rounds have streams of their own.
TEST(StreamOf, DiffersByBudgetAndRound) {
  std::set<uint64_t> streams;
  for (int i = 0; i < 100; ++i) {
    for (uint64_t round = 0; round < 100; ++round) {
      EXPECT_TRUE(
          streams.insert(StreamOf(1e12 * std::pow(1.1, i), round)).second);
    }
  }
  EXPECT_EQ(StreamOf(1e12), StreamOf(1e12, 0));
}

TEST(SpreadCenter, GrowsWithTheRootOfTheBudget) {
  const SearchProblem problem = SmallProblem({1e12, 4e12});
  EXPECT_DOUBLE_EQ(SpreadCenter({.center_size = 5e4}, problem, 0), 5e4);
  EXPECT_DOUBLE_EQ(SpreadCenter({.center_size = 5e4}, problem, 1), 1e5);
  EXPECT_DOUBLE_EQ(SpreadCenter({}, problem, 0), std::sqrt(1e12 / 120));
}

// Whatever the seed, and however few of them points come upon.
TEST(DrawShapes, ASpaceOfFewShapesIsDrawnWhole) {
  SearchProblem problem = SmallProblem();
  problem.space.max_depth = 6;
  problem.space.max_width = 96;
  problem.space.ffn_multiple = 4096;  // one multiple only, whatever the width
  const SpreadOptions wide = {
      .aspect_ratio_range = 64, .size_range = 100, .center_size = 3e5};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SpreadOptions options = wide;
    options.seed = seed;
    options.trials_per_budget = 36;
    const auto all = DrawShapes(options, problem, 0, 3e5, 0, RandomPoint);
    ASSERT_TRUE(all.ok()) << all.status();
    EXPECT_EQ(all->size(), 36u) << seed;
    // More are not there, and the first are the same.
    options.trials_per_budget = 100;
    EXPECT_EQ(*DrawShapes(options, problem, 0, 3e5, 0, RandomPoint), *all);
    options.trials_per_budget = 33;
    std::vector<Shape> first = *all;
    first.resize(33);
    EXPECT_EQ(*DrawShapes(options, problem, 0, 3e5, 0, RandomPoint), first);
  }
}

TEST(DrawShapes, ARangeThatIsNotFiniteIsRefused) {
  EXPECT_EQ(DrawShapes({.size_range = 1e300}, SmallProblem(), 0, 1e300, 0,
                       RandomPoint)
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
