#include "search/grid/budget_stage.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "search/grid/size_ladder.h"

namespace isoshape {
namespace {

using State = PastTrial::State;

TEST(BudgetStage, OnlyWhatHasEndedCountsAsFailedOrExcluded) {
  SearchProblem problem;
  problem.budgets = {2.5e11};
  problem.tokens_per_step = {1024};
  const GridOptions options;
  auto ladder = BaseLadder(SpecOfBudget(options, problem, 0), 60e3);
  ASSERT_TRUE(ladder.ok()) << ladder.status();
  ASSERT_GE(ladder->size(), 5u);
  std::vector<PastTrial> history;
  for (const State state :
       {State::kFailed, State::kFailed, State::kRunning, State::kPending}) {
    history.push_back(
        {(*ladder)[history.size()], problem.budgets[0], 0, state});
  }
  history[1].failure = PastTrial::Failure::kExcluded;  // of the others, some
                                                       // are not in the history
  const BudgetStage stage = StageOfBudget(
      options, problem, TrialIndex(problem, history), 0, *std::move(ladder));
  EXPECT_EQ(stage.bracket, Bracket::kWaiting);
  EXPECT_EQ(stage.failed, 1);
  EXPECT_EQ(stage.excluded, 1);
  EXPECT_EQ(stage.waiting, 2);
}

}  // namespace
}  // namespace isoshape
