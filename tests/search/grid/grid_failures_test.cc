#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "search/grid/grid.h"
#include "tests/search/grid/demo_problem.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using State = PastTrial::State;

TEST(GridSearch, TrialsWithoutLossCountAsEndedAndTheSearchGoesOn) {
  const SearchProblem problem = DemoProblem();
  const LossLaw law = LawWithOptimum(60e3, problem.budgets[0]);
  int ended = 0;
  const Ending ending = [&](PastTrial* trial) {
    EndBy(law)(trial);
    if (++ended % 5 == 0) trial->state = State::kFailed;
  };
  std::mt19937 rng(4);
  const auto history =
      RunCampaign(GridSearch(GridOptions{}), problem, ending, &rng);
  std::set<double> budgets;
  for (const PastTrial& t : history) budgets.insert(t.budget_flops);
  EXPECT_EQ(budgets.size(), 3u);
}

// One budget, with the trials of all but `known` sizes failed.
Proposals WithFailures(const GridOptions& options, const LossLaw& law,
                       const std::function<bool(int rung)>& known) {
  SearchProblem problem = DemoProblem();
  problem.budgets.resize(1);
  problem.tokens_per_step.resize(1);
  int rung = 0;
  std::mt19937 rng(4);
  Proposals last;
  RunCampaign(
      GridSearch(options), problem,
      [&](PastTrial* trial) {
        EndBy(law)(trial);
        if (!known(rung++)) trial->state = State::kFailed;
      },
      &rng, &last);
  return last;
}

TEST(GridSearch, AFailedTrialIsNoHighLoss) {
  const LossLaw law = LawWithOptimum(60e3, DemoProblem().budgets[0]);
  GridOptions options;
  options.aspect_ratios = 1;
  // One loss among failures brackets nothing.
  const Proposals one =
      WithFailures(options, law, [&](int rung) { return rung == 0; });
  EXPECT_TRUE(one.done);
  EXPECT_THAT(one.note, AllOf(SaysOfWhichBudgetEachPartIs(),
                              HasSubstr("sizes failed and say nothing, "),
                              HasSubstr("the optimum is not bracketed"),
                              Not(HasSubstr("least loss near size"))));
}

// It did not fail: a user chose so, and is not to look for an error.
TEST(GridSearch, ASizeThatAUserLeftOutIsNotSaidToHaveFailed) {
  SearchProblem problem = DemoProblem();
  problem.budgets.resize(1);
  problem.tokens_per_step.resize(1);
  const LossLaw law = LawWithOptimum(60e3, problem.budgets[0]);
  GridOptions options;
  options.aspect_ratios = 1;
  const GridSearch search(options);
  std::mt19937 rng(4);
  std::vector<PastTrial> history =
      RunCampaign(search, problem, EndBy(law), &rng);
  history[1].state = State::kFailed;
  history[1].failure = PastTrial::Failure::kExcluded;
  const std::string note = search.Propose(problem, history)->note;
  EXPECT_THAT(note, AllOf(SaysOfWhichBudgetEachPartIs(), HasSubstr("1 of "),
                          HasSubstr(" sizes left out by a user, "),
                          Not(HasSubstr("failed"))));
}

TEST(GridSearch, WhereNoSizeHasALossAUsersChoicesAreToldFromFailures) {
  const SearchProblem problem = DemoProblem();
  for (const bool share : {false, true}) {
    GridOptions options;
    options.share_trunks = share;
    const GridSearch search(options);
    std::vector<PastTrial> history;
    for (auto asked = search.Propose(problem, {}); !asked->trials.empty();
         asked = search.Propose(problem, history)) {
      for (const Proposal& p : asked->trials) {
        history.push_back({p.shape, p.budget_flops, p.seed, State::kFailed});
        history.back().failure = PastTrial::Failure::kExcluded;
      }
    }
    std::string note = search.Propose(problem, history)->note;
    EXPECT_THAT(note, AllOf(SaysOfWhichBudgetEachPartIs(),
                            HasSubstr(" sizes left out by a user, so nothing"),
                            HasSubstr("include some again to go on"),
                            Not(HasSubstr("errors"))));
    history[0].failure = PastTrial::Failure::kUnknown;
    note = search.Propose(problem, history)->note;
    EXPECT_THAT(note, AllOf(SaysOfWhichBudgetEachPartIs(),
                            HasSubstr(" sizes left out by a user, the others "
                                      "ended without a loss"),
                            HasSubstr("see the errors")));
  }
}

TEST(GridSearch, ADivergedTrialIsWorseThanAnyLoss) {
  const SearchProblem problem = DemoProblem();
  const LossLaw law = LawWithOptimum(60e3, problem.budgets[0]);
  std::mt19937 rng(4);
  Proposals last;
  GridOptions options;
  options.aspect_ratios = 1;
  RunCampaign(
      GridSearch(options), problem,
      [&](PastTrial* trial) {
        EndBy(law)(trial);
        if (EffectiveSize(trial->shape) > 150e3) {
          trial->state = State::kDiverged;
        }
      },
      &rng, &last);
  EXPECT_TRUE(last.done);
  EXPECT_THAT(last.note, HasSubstr("least loss near size"));
}

TEST(GridSearch, StopsWithTheReasonWhereNoSizeOfABudgetHasALoss) {
  const SearchProblem problem = DemoProblem();
  std::mt19937 rng(5);
  Proposals last;
  const auto history = RunCampaign(
      GridSearch(GridOptions{}), problem,
      [](PastTrial* t) { t->state = State::kFailed; }, &rng, &last);
  EXPECT_EQ(history.size(), 7u);
  EXPECT_TRUE(last.done);
  EXPECT_THAT(last.note, HasSubstr("ended without a loss"));
}

}  // namespace
}  // namespace isoshape
