// What a run costs in seconds, what it is expected to take in all, and what
// earlier campaigns tell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "search/candidates.h"
#include "search/optimum/optimum.h"
#include "shape/accounting.h"
#include "tests/search/optimum/optimum_problem.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using State = PastTrial::State;

// The expected regret that a note begins with, per cent; 0 if it has none:
// `expected regret at 1e14 FLOPs 0.41 %`.
double FirstShare(const std::string& note) {
  constexpr char kBegin[] = "expected regret at ";
  if (note.rfind(kBegin, 0) != 0) return 0;
  std::istringstream words(note.substr(sizeof(kBegin) - 1));
  std::string unit;
  double flops = 0;
  double share = 0;
  return words >> flops >> unit >> share ? share : 0;
}

// The start, trained, with the seconds of a machine that is slow with small
// shapes.
double SecondsOf(const Shape& shape, double budget) {
  const SurfacePoint place = PlaceOf(shape, budget);
  return std::exp(place.ln_flops - 0.9 * place.ln_size - 8);
}

std::vector<PastTrial> TimedStart(const SearchProblem& problem) {
  std::vector<PastTrial> history;
  const auto first = OptimumSearch({}).Propose(problem, {});
  for (const Proposal& one : first->trials) {
    PastTrial& trial = history.emplace_back();
    trial = {one.shape, one.budget_flops, one.seed};
    TrainWithScatter(&trial);
    trial.seconds = SecondsOf(trial.shape, trial.budget_flops);
  }
  return history;
}

// Of two that are best for the root of their cost, the one whose cost is
// seconds has no more seconds for its FLOPs than the other.
TEST(OptimumSearchTest, SecondsThatWereMeasuredDecideWhatARunCosts) {
  const SearchProblem problem = Problem();
  const std::vector<PastTrial> history = TimedStart(problem);
  const auto seconds_per_flop = [&](CostUnit cost) {
    const auto next =
        OptimumSearch({.in_flight = 1, .cost = cost}).Propose(problem, history);
    EXPECT_EQ(next->trials.size(), 1u);
    const Proposal& one = next->trials.at(0);
    return SecondsOf(one.shape, one.budget_flops) / one.budget_flops;
  };
  EXPECT_LE(seconds_per_flop(CostUnit::kSeconds),
            1.001 * seconds_per_flop(CostUnit::kFlops));
}

TEST(OptimumSearchTest, TheReasonSaysHowLongARunIsExpectedToTake) {
  const SearchProblem problem = Problem();
  const OptimumSearch search({.in_flight = 1, .cost = CostUnit::kSeconds});
  const auto next = search.Propose(problem, TimedStart(problem));
  ASSERT_EQ(next->trials.size(), 1u);
  EXPECT_THAT(next->trials[0].reason, HasSubstr(" FLOPs in about "));
  EXPECT_THAT(next->note,
              HasSubstr("; costs are seconds, by 7 trials within "));
}

// Runs of an earlier campaign of the same law, whose losses are all `factor`
// times as high.
std::vector<PriorRun> Earlier(double factor, int campaign = 0) {
  std::vector<PriorRun> runs;
  const SearchProblem problem = Problem();
  std::mt19937 random(9);
  const auto candidates = CandidatesOf(problem);
  while (runs.size() < 40) {
    const ShapeCandidate& one = candidates[random() % candidates.size()];
    const double best = LossLaw().OptimalSize(problem.budgets[one.budget]);
    if (std::abs(one.point.ln_size - std::log(best)) > std::log(4)) continue;
    PastTrial trial = {one.shape, problem.budgets[one.budget]};
    TrainWithScatter(&trial);
    runs.push_back({.campaign = campaign,
                    .flops = trial.budget_flops,
                    .size = EffectiveSize(trial.shape),
                    .aspect_ratio = AspectRatio(trial.shape),
                    .validation_loss = factor * trial.validation_loss});
  }
  return runs;
}

// The more they count, the less is expected to be needed.
TEST(OptimumSearchTest, EarlierCampaignsSaveRuns) {
  SearchProblem problem = Problem();
  const auto expected = [&](double inflation) {
    const auto first =
        OptimumSearch({.in_flight = 1, .prior_inflation = inflation})
            .Propose(problem, {});
    return *first->later_flops;
  };
  const double without = expected(16);
  problem.priors = Earlier(1);
  const auto first = OptimumSearch({}).Propose(problem, {});
  EXPECT_THAT(first->note,
              HasSubstr("; begins from 40 results of 1 earlier campaign, each "
                        "with 16 times the variance of one of its own"));
  EXPECT_LT(expected(1), expected(16));
  EXPECT_LT(expected(1), without);
}

// Another vocabulary multiplies every loss: that tells nothing of shapes.
TEST(OptimumSearchTest, AnOffsetOfTheLossesOfAnEarlierCampaignChangesNothing) {
  SearchProblem problem = Problem();
  const OptimumSearch search({.in_flight = 2});
  problem.priors = Earlier(1);
  const auto same = search.Propose(problem, {});
  problem.priors = Earlier(2.5);
  const auto offset = search.Propose(problem, {});
  ASSERT_EQ(same->trials.size(), offset->trials.size());
  for (size_t i = 0; i < same->trials.size(); ++i) {
    EXPECT_EQ(same->trials[i].shape, offset->trials[i].shape);
  }
  // And the expected regret is the same within the noise that is estimated of
  // each.
  const double regret = FirstShare(same->note);
  EXPECT_GT(regret, 0);
  EXPECT_NEAR(FirstShare(offset->note), regret, 0.2 * regret);
}

TEST(OptimumSearchTest, TheOrderOfEarlierRunsChangesNothing) {
  SearchProblem problem = Problem();
  problem.priors = Earlier(1);
  for (const PriorRun& run : Earlier(3, 1)) problem.priors.push_back(run);
  const OptimumSearch search({.in_flight = 2, .prior_inflation = 4});
  const std::string text = TextOf(*search.Propose(problem, {}));
  std::mt19937 random(4);
  std::shuffle(problem.priors.begin(), problem.priors.end(), random);
  EXPECT_EQ(TextOf(*search.Propose(problem, {})), text);
}

// What it expects to spend before it is certain falls as it learns, and is
// nothing at the end.
TEST(OptimumSearchTest, ExpectsWhatItTakes) {
  const SearchProblem problem = Problem();
  const OptimumSearch search({.in_flight = 1});
  const auto first = search.Propose(problem, {});
  ASSERT_TRUE(first->later_flops.has_value());
  double begun = *first->later_flops;
  for (const Proposal& one : first->trials) begun += one.budget_flops;
  std::mt19937 random(1);
  Proposals last;
  double spent = 0;
  for (const PastTrial& trial :
       RunCampaign(search, problem, TrainWithScatter, &random, &last)) {
    spent += trial.budget_flops;
  }
  EXPECT_EQ(last.later_flops, 0);
  EXPECT_LT(std::abs(std::log(begun / spent)), std::log(3));
}

// A user's trial of a shape with another norm lies on another surface.
TEST(OptimumSearchTest, ALossOfOtherOptionsChangesNothing) {
  const SearchProblem problem = Problem();
  const OptimumSearch search({.in_flight = 2, .cost = CostUnit::kSeconds});
  std::vector<PastTrial> history = TimedStart(problem);
  const std::string before = TextOf(*search.Propose(problem, history));
  PastTrial other = history[0];
  other.shape.qk_norm = true;
  other.validation_loss = 0.5 * other.validation_loss;
  other.seconds = 1e4;
  history.push_back(other);
  EXPECT_EQ(TextOf(*search.Propose(problem, history)), before);
}

// A shape that a user left out, or that was stopped, may be like any other.
TEST(OptimumSearchTest, WhatWasStoppedSpeaksAgainstNothing) {
  const SearchProblem problem = Problem();
  const OptimumSearch search({.in_flight = 1});
  std::vector<PastTrial> history;
  const auto first = search.Propose(problem, {});
  for (const Proposal& one : first->trials) {
    PastTrial& trial = history.emplace_back();
    trial = {one.shape, one.budget_flops, one.seed};
    trial.state = State::kFailed;
    trial.failure = PastTrial::Failure::kStopped;
  }
  EXPECT_THAT(search.Propose(problem, history)->note,
              ::testing::Not(HasSubstr("ended without a loss")));
  for (PastTrial& trial : history) {
    trial.failure = PastTrial::Failure::kOutOfMemory;
  }
  EXPECT_THAT(search.Propose(problem, history)->note,
              HasSubstr("7 trials ended without a loss"));
}

}  // namespace
}  // namespace isoshape
