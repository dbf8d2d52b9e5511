#include "search/sobol/sobol.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "search/spread/sobol_points.h"
#include "shape/accounting.h"
#include "shape/feasible.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using Points = std::vector<std::array<double, 2>>;

// L2 star discrepancy by Warnock's formula.
double StarDiscrepancy(const Points& points) {
  const auto n = static_cast<double>(points.size());
  double single = 0, pairs = 0;
  for (const auto& p : points) {
    single += (1 - p[0] * p[0]) * (1 - p[1] * p[1]);
    for (const auto& q : points) {
      pairs += (1 - std::max(p[0], q[0])) * (1 - std::max(p[1], q[1]));
    }
  }
  return std::sqrt(1.0 / 9 - single / (2 * n) + pairs / (n * n));
}

TEST(ScrambledSobolPoint, HasOnePointInEveryElementaryInterval) {
  for (const uint64_t seed : {0u, 1u, 77u}) {
    for (int k = 0; k <= 6; ++k) {
      for (int first = 0; first <= k; ++first) {
        std::set<std::pair<int, int>> cells;
        for (uint32_t i = 0; i < (1u << k); ++i) {
          const auto p = ScrambledSobolPoint(i, seed);
          ASSERT_GE(std::min(p[0], p[1]), 0);
          ASSERT_LT(std::max(p[0], p[1]), 1);
          cells.emplace(static_cast<int>(p[0] * (1 << first)),
                        static_cast<int>(p[1] * (1 << (k - first))));
        }
        EXPECT_EQ(cells.size(), 1u << k);
      }
    }
  }
}

TEST(ScrambledSobolPoint, IsMoreEvenThanIndependentPoints) {
  std::mt19937 rng(1);
  std::uniform_real_distribution<double> uniform;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Points sobol, independent;
    for (uint32_t i = 0; i < 128; ++i) {
      sobol.push_back(ScrambledSobolPoint(i, seed));
      independent.push_back({uniform(rng), uniform(rng)});
    }
    EXPECT_LT(StarDiscrepancy(sobol), StarDiscrepancy(independent) / 2);
  }
}

TEST(SobolSearch, ProposesDistinctFeasibleShapesOnceAndThenIsDone) {
  const SearchProblem problem = TwoBudgetProblem();
  SpreadOptions options;
  options.trials_per_budget = 24;
  const SobolSearch search(options);
  const auto first = search.Propose(problem, {});
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->trials.size(), 48u);
  std::set<std::tuple<double, int64_t, int64_t, int64_t>> keys;
  std::vector<PastTrial> history;
  for (const Proposal& p : first->trials) {
    keys.emplace(p.budget_flops, p.shape.depth, p.shape.width,
                 p.shape.ffn_width);
    EXPECT_EQ(FeasibilityProblem(problem.space, p.shape, 1024, p.budget_flops),
              "");
    history.push_back({p.shape, p.budget_flops, p.seed});
  }
  EXPECT_EQ(keys.size(), 48u);
  const auto again = search.Propose(problem, history);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->trials.empty());
  EXPECT_TRUE(again->done);
}

TEST(SobolSearch, DependsOnTheSeedAlone) {
  const auto shapes = [](uint64_t seed) {
    SpreadOptions options;
    options.seed = seed;
    std::vector<std::string> labels;
    const auto proposals = SobolSearch(options).Propose(TwoBudgetProblem(), {});
    EXPECT_TRUE(proposals.ok());
    for (const Proposal& p : proposals->trials) {
      labels.push_back(ShapeLabel(p.shape) + "/" +
                       std::to_string(p.shape.ffn_width));
    }
    return labels;
  };
  EXPECT_EQ(shapes(3), shapes(3));
  EXPECT_NE(shapes(3), shapes(4));
}

TEST(SobolSearch, SaysWhereTheSpaceHasTooFewShapes) {
  SearchProblem problem = TwoBudgetProblem();
  problem.space.max_depth = 1;
  problem.space.max_width = 16;
  problem.space.ffn_multiple = 4096;
  const auto proposals = SobolSearch(SpreadOptions{}).Propose(problem, {});
  ASSERT_TRUE(proposals.ok());
  EXPECT_EQ(proposals->trials.size(), 2u);
  EXPECT_THAT(proposals->note, ::testing::HasSubstr("no more distinct"));
}

TEST(SobolSearch, RefusesABudgetTooSmallForAnyShape) {
  SearchProblem problem = TwoBudgetProblem();
  problem.budgets[0] = 1e6;
  EXPECT_EQ(SobolSearch(SpreadOptions{}).Propose(problem, {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
