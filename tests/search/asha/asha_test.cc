#include "search/asha/asha.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "search/rungs/rungs.h"
#include "shape/accounting.h"
#include "shape/feasible.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using State = PastTrial::State;

AshaOptions Options(int shapes, int in_flight = 4) {
  return {.draw = {.trials_per_budget = shapes,
                   .size_range = 8,
                   .center_size = 8e4},
          .in_flight = in_flight};
}

std::string NameOf(const Shape& shape) {
  return ShapeLabel(shape) + "/" + std::to_string(shape.ffn_width);
}

std::map<double, std::set<std::string>> ShapesByBudget(
    const std::vector<PastTrial>& history) {
  std::map<double, std::set<std::string>> shapes;
  for (const PastTrial& trial : history) {
    EXPECT_TRUE(shapes[trial.budget_flops].insert(NameOf(trial.shape)).second)
        << "twice: " << NameOf(trial.shape);
  }
  return shapes;
}

// With one trial at a time a rung has exactly the best third of the one below
// it at each step; at the end 27 shapes have left 9 and 3, or more where a
// shape led its rung while that was small.
TEST(AshaSearch, TakesTheBestThirdFromEachBudgetToTheNext) {
  const SearchProblem problem = SmallProblem();
  std::mt19937 rng(1);
  Proposals last;
  const std::vector<PastTrial> history =
      RunCampaign(AshaSearch(Options(27, 1)), problem, Train, &rng, &last);
  const auto shapes = ShapesByBudget(history);
  EXPECT_EQ(shapes.at(1e12).size(), 27u);
  EXPECT_GE(shapes.at(3e12).size(), 9u);
  EXPECT_LE(shapes.at(3e12).size(), 15u);
  EXPECT_GE(shapes.at(9e12).size(), 3u);
  // The nine best of the smallest budget are all at the next.
  std::vector<std::pair<double, std::string>> losses;
  for (const PastTrial& trial : history) {
    if (trial.budget_flops != 1e12) continue;
    losses.emplace_back(trial.validation_loss, NameOf(trial.shape));
  }
  std::sort(losses.begin(), losses.end());
  for (size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(shapes.at(3e12).count(losses[i].second), 1u) << i;
  }
  EXPECT_TRUE(last.done);
  EXPECT_THAT(last.note, HasSubstr("27 of 27 shapes drawn; ended: 27 at 1e12"));
  EXPECT_THAT(last.note, HasSubstr("at 9e12 FLOPs, loss"));
  for (const PastTrial& trial : history) {
    EXPECT_EQ(FeasibilityProblem(problem.space, trial.shape, 1024,
                                 trial.budget_flops),
              "");
  }
}

TEST(AshaSearch, PromotesBeforeItDrawsAndSaysWhy) {
  const AshaSearch search(Options(9, 3));
  const SearchProblem problem = SmallProblem();
  const auto first = search.Propose(problem, {});
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->trials.size(), 3u);
  std::vector<PastTrial> history;
  const double losses[] = {3.2, 3.0, 3.1};
  for (size_t i = 0; i < 3; ++i) {
    const Proposal& one = first->trials[i];
    EXPECT_EQ(one.budget_flops, 1e12);
    history.push_back(
        {one.shape, one.budget_flops, one.seed, State::kSucceeded, losses[i]});
  }
  const auto next = search.Propose(problem, history);
  ASSERT_TRUE(next.ok());
  ASSERT_EQ(next->trials.size(), 3u);
  EXPECT_EQ(next->trials[0].shape, first->trials[1].shape);
  EXPECT_EQ(next->trials[0].budget_flops, 3e12);
  EXPECT_EQ(next->trials[0].reason,
            "ASHA: number 1 of 3 that ended at 1e12 FLOPs, loss 3; of 3 one "
            "goes on to 3e12");
  EXPECT_EQ(next->trials[1].budget_flops, 1e12);
}

TEST(AshaSearch, NeverHasMoreInFlightAndForgetsNothingWhateverTheOrder) {
  const AshaSearch search(Options(12, 4));
  SearchProblem problem = SmallProblem();
  problem.seeds = 2;
  std::mt19937 rng(7);
  std::vector<PastTrial> history;
  for (int step = 0; step < 500; ++step) {
    const auto proposals = search.Propose(problem, history);
    ASSERT_TRUE(proposals.ok()) << proposals.status();
    ExpectSameInAnotherOrder(AshaSearch(Options(12, 4)), problem, history,
                             *proposals, rng);
    for (const Proposal& one : proposals->trials) {
      history.push_back({one.shape, one.budget_flops, one.seed});
    }
    std::vector<size_t> waiting;
    for (size_t i = 0; i < history.size(); ++i) {
      if (history[i].state == State::kPending) waiting.push_back(i);
    }
    EXPECT_LE(waiting.size(), 4u);
    if (waiting.empty()) {
      EXPECT_TRUE(proposals->done);
      return;
    }
    PastTrial& trial = history[waiting[rng() % waiting.size()]];
    Train(&trial);
    if (rng() % 5 == 0) trial.state = State::kFailed;
  }
  FAIL() << "it never ended";
}

// A failed shape counts for nothing, a diverged one as the worst: of three that
// ended one goes on, and none that has no loss.
TEST(AshaSearch, FailuresAreLeftOutAndDivergedShapesStayBehind) {
  const AshaSearch search(Options(4, 4));
  const SearchProblem problem = SmallProblem();
  const auto first = search.Propose(problem, {});
  ASSERT_EQ(first->trials.size(), 4u);
  const auto end = [&](std::vector<State> states) {
    std::vector<PastTrial> history;
    for (size_t i = 0; i < 4; ++i) {
      const Proposal& one = first->trials[i];
      history.push_back({one.shape, one.budget_flops, one.seed, states[i],
                         states[i] == State::kSucceeded ? 3.0 : 0});
    }
    return search.Propose(problem, history);
  };
  const auto three = end(
      {State::kDiverged, State::kFailed, State::kDiverged, State::kSucceeded});
  ASSERT_EQ(three->trials.size(), 1u);
  EXPECT_EQ(three->trials[0].shape, first->trials[3].shape);
  EXPECT_THAT(three->note, HasSubstr("3 at 1e12 (1 failed)"));
  const auto two = end(
      {State::kFailed, State::kFailed, State::kDiverged, State::kSucceeded});
  EXPECT_TRUE(two->trials.empty());
  EXPECT_TRUE(two->done);
  EXPECT_THAT(two->note, HasSubstr("none reached 9e12"));
  const auto none = end(
      {State::kDiverged, State::kDiverged, State::kDiverged, State::kDiverged});
  EXPECT_TRUE(none->trials.empty());
  EXPECT_TRUE(none->done);
}

// However the halves are rounded: 20, 8, 3, 1.
TEST(AshaSearch, ShapesByDefaultBringOneToTheLargestBudget) {
  for (const double eta : {1.5, 2.0, 2.5, 3.0, 3.7, 9.0}) {
    for (int budgets = 1; budgets <= 6; ++budgets) {
      const int shapes = DefaultAshaShapes(eta, budgets);
      EXPECT_TRUE(shapes == 81 || ReachingLast(shapes, eta, budgets) > 0)
          << eta << " " << budgets;
      EXPECT_TRUE(shapes == 9 || ReachingLast(shapes - 1, eta, budgets) == 0)
          << eta << " " << budgets;
    }
  }
  EXPECT_EQ(DefaultAshaShapes(2.5, 4), 20);
  EXPECT_EQ(DefaultAshaShapes(3, 5), 81);
  EXPECT_EQ(DefaultAshaShapes(1e300, 4), 81);  // refused later
}

// A campaign that is made so is told of it before any is trained.
TEST(AshaSearch, TheNoteWarnsIfNoneIsSureToReachTheLargestBudget) {
  const auto few = AshaSearch(Options(8)).Propose(SmallProblem(), {});
  ASSERT_TRUE(few.ok()) << few.status();
  EXPECT_THAT(few->note, HasSubstr("none is sure to reach 9e12, as one of 3 "
                                   "goes on from each budget"));
  const auto enough = AshaSearch(Options(9)).Propose(SmallProblem(), {});
  ASSERT_TRUE(enough.ok()) << enough.status();
  EXPECT_THAT(enough->note, Not(HasSubstr("is sure to reach")));
}

TEST(AshaSearch, MoreShapesAndMoreBudgetsKeepWhatWasDrawn) {
  std::mt19937 rng(3);
  const std::vector<PastTrial> history =
      RunCampaign(AshaSearch(Options(27)), SmallProblem(), Train, &rng);
  const auto more_shapes =
      AshaSearch(Options(29)).Propose(SmallProblem(), history);
  ASSERT_TRUE(more_shapes.ok());
  ASSERT_EQ(more_shapes->trials.size(), 2u);
  EXPECT_EQ(more_shapes->trials[0].budget_flops, 1e12);
  const auto more_budgets =
      AshaSearch(Options(27))
          .Propose(SmallProblem({1e12, 3e12, 9e12, 2.7e13}), history);
  ASSERT_TRUE(more_budgets.ok());
  ASSERT_GE(more_budgets->trials.size(), 1u);
  for (const Proposal& one : more_budgets->trials) {
    EXPECT_EQ(one.budget_flops, 2.7e13);
  }
}

TEST(AshaSearch, ASpaceOfTwoShapesAndOneBudgetEndWithWhatThereIs) {
  SearchProblem problem = TinyProblem();
  std::mt19937 rng(1);
  Proposals last;
  EXPECT_EQ(
      RunCampaign(AshaSearch(Options(9)), problem, Train, &rng, &last).size(),
      2u);
  EXPECT_THAT(last.note, HasSubstr("no more distinct"));
  EXPECT_EQ(RunCampaign(AshaSearch(Options(5)), SmallProblem({1e12}), Train,
                        &rng, &last)
                .size(),
            5u);
}

TEST(AshaSearch, EndsIfNothingTrains) {
  std::mt19937 rng(1);
  Proposals last;
  const std::vector<PastTrial> history = RunCampaign(
      AshaSearch(Options(81)), SmallProblem(),
      [](PastTrial* trial) {
        trial->state =
            trial->shape.depth % 2 == 0 ? State::kDiverged : State::kFailed;
      },
      &rng, &last);
  EXPECT_GE(history.size(), 10u);
  EXPECT_LE(history.size(), 13u);  // what was in flight at the tenth
  EXPECT_TRUE(last.done);
  EXPECT_THAT(last.note, HasSubstr("nothing trains; mend that"));
}

TEST(AshaSearch, MoreSeedsComeAsThereIsRoom) {
  SearchProblem problem = SmallProblem();
  const AshaSearch search(Options(9, 5));
  std::mt19937 rng(4);
  std::vector<PastTrial> history = RunCampaign(search, problem, Train, &rng);
  const size_t trials = history.size();
  problem.seeds = 4;
  size_t most = 0;
  while (true) {
    const auto next = search.Propose(problem, history);
    most = std::max(most, next->trials.size());
    if (next->trials.empty()) break;
    for (PastTrial& trial : AsPending(next->trials)) {
      Train(&history.emplace_back(trial));
    }
  }
  EXPECT_EQ(most, 3u);  // of one shape
  EXPECT_EQ(history.size(), 4 * trials);
}

}  // namespace
}  // namespace isoshape
