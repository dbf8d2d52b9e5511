#include "search/gp/gp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>

#include "search/candidates.h"
#include "search/near_failure.h"
#include "shape/accounting.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using State = PastTrial::State;

TEST(GpSearch, StartsWithSobolPointsAndThenSaysWhatItExpects) {
  const GpSearch search({.in_flight = 3, .start_trials = 4});
  const SearchProblem problem = SmallProblem();
  const auto first = search.Propose(problem, {});
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->trials.size(), 3u);
  EXPECT_EQ(first->trials[0].reason,
            "Gaussian process: Sobol point 1 at 1e12 FLOPs, of which the "
            "start has 4 there");
  std::mt19937 rng(1);
  std::vector<PastTrial> history;
  while (history.size() < 8) {
    const auto proposals = search.Propose(problem, history);
    for (const Proposal& one : proposals->trials) {
      EXPECT_LT(one.budget_flops, 9e12);
      PastTrial& trial = history.emplace_back();
      trial = {one.shape, one.budget_flops, one.seed};
      Train(&trial);
    }
  }
  const auto next = search.Propose(problem, history);
  ASSERT_EQ(next->trials.size(), 3u);
  EXPECT_THAT(next->trials[0].reason,
              HasSubstr("expected to improve the best loss at "));
  EXPECT_THAT(next->note, HasSubstr("Gaussian process of 8 shapes with a loss; "
                                    "improvement that is still expected at "));
}

// It ends by its tolerance, near the best shape of each budget, after fewer
// trials than it may have.
TEST(GpSearch, FindsTheBestOfEachBudgetAndStops) {
  const SearchProblem problem = SmallProblem();
  std::mt19937 rng(5);
  Proposals last;
  const std::vector<PastTrial> history =
      RunCampaign(GpSearch({.in_flight = 2}), problem, Train, &rng, &last);
  std::map<double, double> least;
  for (const PastTrial& trial : history) {
    const auto [found, added] =
        least.emplace(trial.budget_flops, trial.validation_loss);
    if (!added) found->second = std::min(found->second, trial.validation_loss);
  }
  ASSERT_EQ(least.size(), 3u);
  std::map<double, double> best;
  for (const ShapeCandidate& one : CandidatesOf(problem)) {
    const double budget = problem.budgets[one.budget];
    const double loss = LossLaw().Loss(one.shape, budget);
    const auto [found, added] = best.emplace(budget, loss);
    if (!added) found->second = std::min(found->second, loss);
  }
  for (const auto& [budget, loss] : least) {
    EXPECT_LT(loss / best[budget], 1.004) << budget;
  }
  EXPECT_LT(history.size(), 3u * 16);
  EXPECT_TRUE(last.done);
  EXPECT_THAT(last.note, HasSubstr("done: no budget with trials left is "
                                   "expected to improve by 0.2 %"));
  EXPECT_THAT(last.note, HasSubstr("; best "));
}

TEST(GpSearch, IsAFunctionOfTheHistoryWhateverItsOrder) {
  const GpOptions options = {.in_flight = 4, .tolerance = 0.005};
  SearchProblem problem = SmallProblem();
  problem.seeds = 2;
  std::mt19937 rng(11);
  std::vector<PastTrial> history;
  std::set<TrialKey> keys;
  for (int step = 0; step < 300; ++step) {
    const auto proposals = GpSearch(options).Propose(problem, history);
    ASSERT_TRUE(proposals.ok()) << proposals.status();
    ExpectSameInAnotherOrder(GpSearch(options), problem, history, *proposals,
                             rng);
    for (const Proposal& one : proposals->trials) {
      EXPECT_TRUE(keys.insert(KeyOf(one)).second);
      history.push_back({one.shape, one.budget_flops, one.seed});
    }
    if (step == 5) {
      // A user's, with another option at a size that is there.
      history.push_back(history.front());
      history.back().shape.qk_norm = true;
    }
    std::vector<size_t> waiting;
    for (size_t i = 0; i < history.size(); ++i) {
      if (history[i].state == State::kPending) waiting.push_back(i);
    }
    EXPECT_LE(waiting.size(), step < 5 ? 4u : 5u);
    if (waiting.empty()) {
      EXPECT_TRUE(proposals->done) << proposals->note;
      return;
    }
    PastTrial& trial = history[waiting[rng() % waiting.size()]];
    Train(&trial);
    if (rng() % 6 == 0) trial.state = State::kDiverged;
  }
  FAIL() << "it never ended";
}

// What fails is no loss: of large shapes that diverge none is asked for that is
// like one that is known to, and the others are found as if they had not been.
TEST(GpSearch, AvoidsWhatIsLikeThatWhichFailed) {
  const SearchProblem problem = SmallProblem({1e12, 3e12});
  constexpr double kTooLarge = 1.5e5;
  std::mt19937 rng(2);
  Proposals last;
  const std::vector<PastTrial> history = RunCampaign(
      GpSearch({.in_flight = 1}), problem,
      [&](PastTrial* trial) {
        Train(trial);
        if (EffectiveSize(trial->shape) <= kTooLarge) return;
        trial->state = State::kDiverged;
      },
      &rng, &last);
  std::vector<SurfacePoint> failures;
  double largest = 0;
  for (const PastTrial& trial : history) {
    const SurfacePoint place = PlaceOf(trial.shape, trial.budget_flops);
    EXPECT_FALSE(NearFailure(place, failures)) << ShapeLabel(trial.shape);
    if (trial.state == State::kDiverged) {
      failures.push_back(place);
    } else {
      largest = std::max(largest, EffectiveSize(trial.shape));
    }
  }
  EXPECT_GT(failures.size(), 3u);
  // The law's best is larger than all that train, so the best is near the edge.
  EXPECT_GT(largest, kTooLarge / 1.5);
  EXPECT_THAT(last.note, HasSubstr(" failed or diverged"));
  EXPECT_TRUE(last.done);
}

TEST(GpSearch, EndsIfNothingTrains) {
  std::mt19937 rng(2);
  Proposals last;
  const std::vector<PastTrial> history = RunCampaign(
      GpSearch({}), SmallProblem(),
      [](PastTrial* trial) { trial->state = State::kFailed; }, &rng, &last);
  EXPECT_GE(history.size(), 10u);
  EXPECT_LE(history.size(), 14u);
  EXPECT_THAT(last.note, HasSubstr("nothing trains"));
}

TEST(GpSearch, KeepsToItsTrialsPerBudget) {
  std::mt19937 rng(2);
  Proposals last;
  const std::vector<PastTrial> history =
      RunCampaign(GpSearch({.draw = {.trials_per_budget = 6},
                            .in_flight = 5,
                            .tolerance = 1e-9}),
                  SmallProblem(), Train, &rng, &last);
  EXPECT_EQ(history.size(), 18u);
  // More of them, and it goes on.
  const auto more =
      GpSearch({.draw = {.trials_per_budget = 7}, .tolerance = 1e-9})
          .Propose(SmallProblem(), history);
  EXPECT_EQ(more->trials.size(), 3u);
}

TEST(GpSearch, ASpaceOfTwoShapesAndOneBudgetEndWithWhatThereIs) {
  SearchProblem problem = TinyProblem();
  std::mt19937 rng(1);
  Proposals last;
  EXPECT_LE(RunCampaign(GpSearch({}), problem, Train, &rng, &last).size(), 6u);
  EXPECT_TRUE(last.done);
  const std::vector<PastTrial> one =
      RunCampaign(GpSearch({}), SmallProblem({1e12}), Train, &rng, &last);
  EXPECT_GE(one.size(), 5u);
  EXPECT_LE(one.size(), 16u);
  // One shape at one budget.
  problem.space.max_depth = 1;
  problem.budgets = {1e12};
  problem.tokens_per_step = {1024};
  EXPECT_EQ(RunCampaign(GpSearch({}), problem, Train, &rng, &last).size(), 1u);
  EXPECT_THAT(last.note, HasSubstr("too few for a model"));
}

// What nobody has measured is no answer, also where the first trial gave none;
// nor are failures paid for without end.
TEST(GpSearch, GivesTheLargestBudgetALossThoughItsFirstTrialFails) {
  for (const int failing : {1, 100}) {
    std::mt19937 rng(3);
    Proposals last;
    int failed = 0;
    // At such a tolerance nothing is worth a trial by its improvement.
    const std::vector<PastTrial> history = RunCampaign(
        GpSearch({.draw = {.trials_per_budget = 6},
                  .in_flight = 1,
                  .tolerance = 0.1}),
        SmallProblem(),
        [&](PastTrial* trial) {
          Train(trial);
          if (trial->budget_flops == 9e12 && failed++ < failing) {
            trial->state = State::kFailed;
          }
        },
        &rng, &last);
    const auto there = std::count_if(
        history.begin(), history.end(),
        [](const PastTrial& one) { return one.budget_flops == 9e12; });
    EXPECT_EQ(there, failing == 1 ? 2 : 6);
    EXPECT_TRUE(last.done);
    if (failing > 1) continue;
    EXPECT_EQ(history.back().state, State::kSucceeded);
    EXPECT_EQ(history.back().budget_flops, 9e12);
    EXPECT_THAT(last.note, HasSubstr("best "));
    EXPECT_THAT(last.note, HasSubstr(" at 9e12 FLOPs, loss"));
  }
}

TEST(GpSearch, FailuresAreOfItsTrialsPerBudget) {
  std::mt19937 rng(2);
  Proposals last;
  std::map<double, int> counts;
  for (const PastTrial& trial : RunCampaign(
           GpSearch({.draw = {.trials_per_budget = 4}}), SmallProblem(),
           [](PastTrial* trial) { trial->state = State::kFailed; }, &rng,
           &last)) {
    ++counts[trial.budget_flops];
  }
  EXPECT_EQ(counts, (std::map<double, int>{{1e12, 4}, {3e12, 4}}));
  EXPECT_TRUE(last.done);
}

// As all shapes are there with one seed, two more of each are missing.
TEST(GpSearch, MoreSeedsComeAsThereIsRoom) {
  SearchProblem problem = SmallProblem({1e12, 3e12});
  const GpSearch search({.draw = {.trials_per_budget = 5}, .in_flight = 5});
  std::mt19937 rng(4);
  std::vector<PastTrial> history = RunCampaign(search, problem, Train, &rng);
  const size_t shapes = history.size();
  ASSERT_GE(shapes, 8u);
  problem.seeds = 3;
  size_t most = 0;
  while (true) {
    const auto next = search.Propose(problem, history);
    most = std::max(most, next->trials.size());
    if (next->trials.empty()) break;
    for (PastTrial& trial : AsPending(next->trials)) {
      Train(&history.emplace_back(trial));
    }
  }
  EXPECT_EQ(most, 4u);  // of two shapes; a third has no room
  EXPECT_EQ(history.size(), 3 * shapes);
}

}  // namespace
}  // namespace isoshape
