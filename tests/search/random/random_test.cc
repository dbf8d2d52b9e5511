#include "search/random/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>

#include "shape/accounting.h"
#include "shape/feasible.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

std::vector<TrialKey> KeysOf(const std::vector<Proposal>& trials) {
  std::vector<TrialKey> keys;
  for (const Proposal& one : trials) keys.push_back(KeyOf(one));
  return keys;
}

TEST(RandomPoint, IsUniformAndItsStreamsAreIndependent) {
  constexpr int kPoints = 4096;
  double x = 0, y = 0, xx = 0, xy = 0, next = 0;
  for (uint32_t i = 0; i < kPoints; ++i) {
    const auto p = RandomPoint(i, 5);
    ASSERT_GE(std::min(p[0], p[1]), 0);
    ASSERT_LT(std::max(p[0], p[1]), 1);
    x += p[0] - 0.5;
    y += p[1] - 0.5;
    xx += (p[0] - 0.5) * (p[0] - 0.5);
    xy += (p[0] - 0.5) * (p[1] - 0.5);
    next += (p[0] - 0.5) * (RandomPoint(i, 6)[0] - 0.5);
  }
  // Four standard errors: sqrt(1/12), sqrt(1/180) and 1/12, over sqrt(4096).
  EXPECT_NEAR(x / kPoints, 0, 4 * std::sqrt(1.0 / 12) / 64);
  EXPECT_NEAR(y / kPoints, 0, 4 * std::sqrt(1.0 / 12) / 64);
  EXPECT_NEAR(xx / kPoints, 1.0 / 12, 4 * std::sqrt(1.0 / 180) / 64);
  EXPECT_NEAR(xy / kPoints, 0, 4.0 / 12 / 64);
  EXPECT_NEAR(next / kPoints, 0, 4.0 / 12 / 64);
}

TEST(RandomSearch, ProposesDistinctFeasibleShapesWithinItsRange) {
  SearchProblem problem = TwoBudgetProblem();
  problem.seeds = 2;
  const SpreadOptions options = {.trials_per_budget = 24, .center_size = 3e5};
  const auto proposals = RandomSearch(options).Propose(problem, {});
  ASSERT_TRUE(proposals.ok()) << proposals.status();
  const std::vector<TrialKey> keys = KeysOf(proposals->trials);
  EXPECT_EQ(keys.size(), 2u * 2 * 24);
  EXPECT_EQ(std::set<TrialKey>(keys.begin(), keys.end()).size(), keys.size());
  for (const Proposal& one : proposals->trials) {
    EXPECT_EQ(
        FeasibilityProblem(problem.space, one.shape, 1024, one.budget_flops),
        "");
    const double center = 3e5 * std::sqrt(one.budget_flops / 1e13);
    // Shapes are whole numbers: a little outside is the nearest to inside.
    EXPECT_LE(std::abs(std::log(EffectiveSize(one.shape) / center)),
              std::log(5.0) + 0.1);
  }
  EXPECT_THAT(proposals->trials[0].reason,
              ::testing::HasSubstr("Random point 1 of 24 at 1e13 FLOPs"));
}

TEST(RandomSearch, DependsOnTheSeedAloneAndMoreTrialsKeepTheFirst) {
  const auto keys = [](uint64_t seed, int trials) {
    SearchProblem problem = TwoBudgetProblem();
    problem.budgets.resize(1);
    problem.tokens_per_step.resize(1);
    const auto proposals =
        RandomSearch({.trials_per_budget = trials, .seed = seed})
            .Propose(problem, {});
    EXPECT_TRUE(proposals.ok());
    return KeysOf(proposals->trials);
  };
  EXPECT_EQ(keys(3, 8), keys(3, 8));
  EXPECT_NE(keys(3, 8), keys(4, 8));
  std::vector<TrialKey> more = keys(3, 16);
  more.resize(8);
  EXPECT_EQ(more, keys(3, 8));
}

// Whatever ends in whichever order, nothing is asked for twice.
TEST(RandomSearch, IsDoneWhenAllIsProposedWhateverEnds) {
  for (const uint64_t order : {1, 2, 3}) {
    std::mt19937 rng(order);
    int ended = 0;
    Proposals last;
    const std::vector<PastTrial> history = RunCampaign(
        RandomSearch({.trials_per_budget = 5}), TwoBudgetProblem(),
        [&](PastTrial* trial) {
          trial->state = ++ended % 3 == 0 ? PastTrial::State::kFailed
                                          : PastTrial::State::kDiverged;
        },
        &rng, &last);
    EXPECT_EQ(history.size(), 10u);
    EXPECT_TRUE(last.done);
    EXPECT_EQ(last.note, "10 random shapes at 2 budgets");
  }
}

TEST(RandomSearch, ASpaceOfTwoShapesHasTwoTrialsAndSaysSo) {
  SearchProblem problem = TwoBudgetProblem();
  problem.space.max_depth = 2;
  problem.space.max_width = 16;
  problem.space.ffn_multiple = 4096;
  problem.budgets = {1e13};
  problem.tokens_per_step = {1024};
  const auto proposals = RandomSearch({}).Propose(problem, {});
  ASSERT_TRUE(proposals.ok()) << proposals.status();
  EXPECT_EQ(proposals->trials.size(), 2u);
  EXPECT_THAT(proposals->note, ::testing::HasSubstr("no more distinct"));
}

TEST(RandomSearch, RefusesABudgetTooSmallForAnyShape) {
  SearchProblem problem = TwoBudgetProblem();
  problem.budgets[0] = 1e6;
  EXPECT_EQ(RandomSearch({}).Propose(problem, {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// A budget has the points that it had, whichever others there are.
TEST(RandomSearch, ABudgetBetweenTwoKeepsTheShapesOfBoth) {
  SearchProblem problem = TwoBudgetProblem();
  const RandomSearch search({.trials_per_budget = 6});
  const auto two = search.Propose(problem, {});
  problem.budgets = {1e13, 2e13, 3e13};
  problem.tokens_per_step.push_back(1024);
  const auto more = search.Propose(problem, AsPending(two->trials));
  ASSERT_EQ(more->trials.size(), 6u);
  for (const Proposal& one : more->trials) EXPECT_EQ(one.budget_flops, 2e13);
}

}  // namespace
}  // namespace isoshape
