#include "search/grid/shared_ladders.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "search/grid/grid.h"
#include "shape/feasible.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using State = PastTrial::State;

GridOptions SharedOptions(double center_size) {
  GridOptions options;
  options.center_size = center_size;
  options.share_trunks = true;
  return options;
}

SearchProblem SharedProblem(std::vector<double> budgets) {
  SearchProblem problem;
  problem.tokens_per_step.assign(budgets.size(), 1024);
  problem.budgets = std::move(budgets);
  return problem;
}

TEST(SharedLaddersTest, NeighbouringBudgetsHaveTheirSizesInCommon) {
  const GridOptions options = SharedOptions(600e3);
  // Centres grow by a neighbour's distance: 25^(1/6) = 1.71, sqrt(3) = 1.73.
  const auto ladders =
      SharedLadders(options, SharedProblem({1e13, 3e13, 9e13}));
  ASSERT_EQ(ladders.size(), 3u);
  for (const auto& ladder : ladders) ASSERT_TRUE(ladder.ok());
  const Ladder &small = *ladders[0], &middle = *ladders[1],
               &large = *ladders[2];
  // The window of seven, and the one above it that larger budgets train.
  ASSERT_EQ(small.size(), 8u);
  ASSERT_EQ(middle.size(), 8u);
  ASSERT_EQ(large.size(), 7u);
  EXPECT_TRUE(std::equal(small.begin() + 1, small.end(), middle.begin()));
  EXPECT_TRUE(std::equal(small.begin() + 2, small.end(), large.begin()));
  EXPECT_TRUE(std::equal(middle.begin() + 1, middle.end(), large.begin()));
  EXPECT_NEAR(std::log(EffectiveSize(small[3]) / 600e3), 0, 0.2);
  EXPECT_NEAR(std::log(EffectiveSize(large[3]) / 1800e3), 0, 0.2);
}

TEST(SharedLaddersTest, ABudgetTakesOnlyWhatIsFeasibleThere) {
  GridOptions options;
  SearchProblem problem = SharedProblem({2.5e11, 2.25e13});
  // Size 100e3 and more would train too little at the smaller budget.
  problem.space.min_tokens = static_cast<int64_t>(2.5e11 / 6 / 100e3);
  const auto ladders = SharedLadders(options, problem);
  ASSERT_TRUE(ladders[0].ok() && ladders[1].ok());
  EXPECT_GE(ladders[0]->size(), 3u);
  for (const Shape& shape : *ladders[0]) {
    EXPECT_EQ(FeasibilityProblem(problem.space, shape, 1024, 2.5e11), "");
  }
  EXPECT_GT(EffectiveSize(ladders[1]->back()), 200e3);

  // Nothing is feasible at the smaller one: its error, and the other's sizes.
  problem.space.min_tokens = static_cast<int64_t>(2.5e11);
  problem.budgets = {2.5e11, 1e18};
  const auto one = SharedLadders(options, problem);
  EXPECT_EQ(one[0].status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(one[1].ok()) << one[1].status();
}

// One ladder over both budgets would have 30 million rungs, or none can say how
// many.
TEST(SharedLaddersTest, SizesThatLieTooCloseTogetherAreEachBudgetsOwn) {
  for (const double size_range : {1.000001, std::nextafter(1, 2)}) {
    GridOptions options = SharedOptions(600e3);
    options.size_range = size_range;
    const auto ladders = SharedLadders(options, SharedProblem({1e13, 1e22}));
    ASSERT_EQ(ladders.size(), 2u);
    for (const auto& ladder : ladders) {
      ASSERT_TRUE(ladder.ok()) << ladder.status();
      ASSERT_FALSE(ladder->empty());
      EXPECT_LE(ladder->size(), 7u);
    }
    EXPECT_LT(EffectiveSize(ladders[0]->back()),
              EffectiveSize(ladders[1]->front()));
  }
}

TEST(SharedGridTest, ProposesAllBudgetsAtOnceAndThenWaitsForTheLast) {
  const GridOptions options = SharedOptions(600e3);
  const SearchProblem problem = SharedProblem({1e13, 3e13, 9e13});
  const GridSearch search(options);
  auto proposals = search.Propose(problem, {});
  ASSERT_TRUE(proposals.ok()) << proposals.status();
  std::map<double, int> trials;
  for (const Proposal& p : proposals->trials) ++trials[p.budget_flops];
  EXPECT_THAT(trials, testing::ElementsAre(testing::Pair(1e13, 8),
                                           testing::Pair(3e13, 8),
                                           testing::Pair(9e13, 7)));
  // A law whose optimum is below all sizes: every budget wants more.
  const LossLaw law{.coefficient_n = 1e-6};
  std::vector<PastTrial> history;
  for (const Proposal& p : proposals->trials) {
    history.push_back({p.shape, p.budget_flops, p.seed, State::kSucceeded,
                       law.Loss(p.shape, p.budget_flops)});
  }
  history.back().state = State::kRunning;  // of the largest budget
  proposals = search.Propose(problem, history);
  ASSERT_TRUE(proposals.ok());
  EXPECT_THAT(proposals->trials, testing::IsEmpty());
  EXPECT_FALSE(proposals->done);
  EXPECT_THAT(proposals->note, HasSubstr("waiting for 1 trial"));
  history.back().state = State::kSucceeded;
  proposals = search.Propose(problem, history);
  ASSERT_TRUE(proposals.ok());
  trials.clear();
  for (const Proposal& p : proposals->trials) ++trials[p.budget_flops];
  EXPECT_EQ(trials.size(), 3u) << proposals->note;
}

class SharedWrongGuess : public ::testing::TestWithParam<double> {};

TEST_P(SharedWrongGuess, EveryBudgetIsBracketedWhateverEndsFirst) {
  const SearchProblem problem = SharedProblem({1e13, 3e13, 9e13});
  LossLaw law;
  law.bowl = 0.0005;
  const GridOptions options = SharedOptions(law.OptimalSize(1e13) * GetParam());
  using Key = std::tuple<double, int64_t, int64_t, int64_t>;
  std::set<Key> first_keys;
  for (const unsigned seed : {1u, 2u}) {
    std::mt19937 rng(seed);
    Proposals last;
    const auto history = RunCampaign(
        GridSearch(options), problem,
        [&](PastTrial* trial) {
          trial->state = State::kSucceeded;
          trial->validation_loss = law.Loss(trial->shape, trial->budget_flops);
        },
        &rng, &last);
    EXPECT_THAT(last.note, testing::Not(HasSubstr("not bracketed")));
    std::set<Key> keys;
    for (const PastTrial& t : history) {
      EXPECT_TRUE(keys.insert({t.budget_flops, t.shape.depth, t.shape.width,
                               t.shape.ffn_width})
                      .second);
    }
    if (seed == 1) first_keys = keys;
    EXPECT_EQ(keys, first_keys);
    for (const double budget : problem.budgets) {
      double best = 0, best_loss = 1e30;
      std::set<double> aspects;
      for (const PastTrial& t : history) {
        if (t.budget_flops != budget || t.validation_loss >= best_loss)
          continue;
        best_loss = t.validation_loss;
        best = EffectiveSize(t.shape);
      }
      EXPECT_NEAR(std::log(best / law.OptimalSize(budget)), 0, 0.45) << budget;
      for (const PastTrial& t : history) {
        if (t.budget_flops == budget &&
            std::abs(std::log(EffectiveSize(t.shape) / best)) < 0.15) {
          aspects.insert(AspectRatio(t.shape));
        }
      }
      EXPECT_GE(aspects.size(), 3u) << budget;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Factors, SharedWrongGuess,
                         ::testing::Values(0.1, 0.3, 1.0, 3.0, 10.0));

TEST(SharedGridTest, ABudgetWithoutAnyLossDoesNotEndTheOthers) {
  const SearchProblem problem = SharedProblem({1e13, 3e13});
  LossLaw law;
  const GridOptions options = SharedOptions(law.OptimalSize(1e13));
  std::mt19937 rng(1);
  Proposals last;
  RunCampaign(
      GridSearch(options), problem,
      [&](PastTrial* trial) {
        trial->state =
            trial->budget_flops == 3e13 ? State::kFailed : State::kSucceeded;
        trial->validation_loss = law.Loss(trial->shape, trial->budget_flops);
      },
      &rng, &last);
  EXPECT_TRUE(last.done);
  EXPECT_THAT(last.note, HasSubstr("budget 3e13 FLOPs: all"));
  EXPECT_THAT(last.note, HasSubstr("budget 1e13 FLOPs: least loss near size"));
}

}  // namespace
}  // namespace isoshape
