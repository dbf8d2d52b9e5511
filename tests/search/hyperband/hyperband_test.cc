#include "search/hyperband/hyperband.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "shape/accounting.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using State = PastTrial::State;

HyperbandOptions Options(int rounds = 1) {
  return {.draw = {.size_range = 8, .center_size = 8e4}, .rounds = rounds};
}

// Table 1 of Li et al., JMLR 18 (2018), by the formula of algorithm 1 (in the
// arXiv versions the table has 27, 9, 6 and 5 after 81): R = 81, eta = 3.
TEST(HyperbandSearch, BracketsAreThoseOfThePaper) {
  EXPECT_EQ(BracketShapes(5, 4, 3), 81);
  EXPECT_EQ(BracketShapes(5, 3, 3), 34);
  EXPECT_EQ(BracketShapes(5, 2, 3), 15);
  EXPECT_EQ(BracketShapes(5, 1, 3), 8);
  EXPECT_EQ(BracketShapes(5, 0, 3), 5);
}

TEST(HyperbandSearch, HalvesEachBracketAndTrainsWhatTheyShareOnce) {
  for (const uint64_t order : {1, 2}) {
    std::mt19937 rng(order);
    Proposals last;
    const std::vector<PastTrial> history = RunCampaign(
        HyperbandSearch(Options()), SmallProblem(), Train, &rng, &last);
    std::set<TrialKey> keys;
    std::map<double, int> counts;
    for (const PastTrial& trial : history) {
      EXPECT_TRUE(keys.insert(KeyOf(trial)).second);
      ++counts[trial.budget_flops];
    }
    // 9 shapes, 5 and 3 are drawn; 3 of 9 go on to 3e12, 1 of 3 and 1 of 5 to
    // 9e12. What brackets share is there once.
    EXPECT_EQ(counts[1e12], 9);
    EXPECT_LE(counts[3e12], 3 + 5);
    EXPECT_GE(counts[3e12], 5);
    EXPECT_LE(counts[9e12], 1 + 1 + 3);
    EXPECT_GE(counts[9e12], 3);
    EXPECT_TRUE(last.done);
    EXPECT_THAT(last.note,
                HasSubstr("bracket 1: 9 at 1e12, 3 at 3e12, 1 at 9e12; "
                          "bracket 2: 5 at 3e12, 1 at 9e12; bracket 3: 3 at "
                          "9e12; best "));
  }
}

// Nothing goes on before the whole rung has ended, and then the best.
TEST(HyperbandSearch, WaitsForTheWholeRung) {
  const HyperbandSearch search(Options());
  const SearchProblem problem = SmallProblem();
  const auto first = search.Propose(problem, {});
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->trials.size(), 9u + 5 + 3);
  std::vector<PastTrial> history;
  for (const Proposal& one : first->trials) {
    history.push_back({one.shape, one.budget_flops, one.seed});
  }
  for (size_t i = 0; i < 8; ++i) Train(&history[i]);
  auto next = search.Propose(problem, history);
  EXPECT_TRUE(next->trials.empty());
  EXPECT_FALSE(next->done);
  EXPECT_THAT(next->note, HasSubstr("waiting for 9 trials"));
  Train(&history[8]);
  next = search.Propose(problem, history);
  std::vector<std::pair<double, size_t>> losses;
  for (size_t i = 0; i < 9; ++i) {
    losses.emplace_back(history[i].validation_loss, i);
  }
  std::sort(losses.begin(), losses.end());
  ASSERT_EQ(next->trials.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(next->trials[k].budget_flops, 3e12);
    EXPECT_EQ(next->trials[k].shape, history[losses[k].second].shape);
    EXPECT_THAT(next->trials[k].reason,
                HasSubstr("best 1 / 3 of 9 that ended at 1e12"));
  }
  // Of six that ended two go on: those that failed count for nothing.
  for (size_t i = 0; i < 3; ++i) history[i].state = State::kFailed;
  EXPECT_EQ(search.Propose(problem, history)->trials.size(), 2u);
  // And of nine, of which three diverged, three.
  for (size_t i = 0; i < 3; ++i) history[i].state = State::kDiverged;
  EXPECT_EQ(search.Propose(problem, history)->trials.size(), 3u);
  // Nothing at all that trains: it ends.
  for (PastTrial& trial : history) trial.state = State::kDiverged;
  next = search.Propose(problem, history);
  EXPECT_TRUE(next->trials.empty());
  EXPECT_TRUE(next->done);
}

TEST(HyperbandSearch, TheOrderOfTheHistoryAndARestartChangeNothing) {
  SearchProblem problem = SmallProblem();
  problem.seeds = 2;
  std::mt19937 rng(4);
  std::vector<PastTrial> history;
  int ended = 0;
  while (true) {
    const auto proposals = HyperbandSearch(Options()).Propose(problem, history);
    ASSERT_TRUE(proposals.ok());
    ExpectSameInAnotherOrder(HyperbandSearch(Options()), problem, history,
                             *proposals, rng);
    for (const Proposal& one : proposals->trials) {
      history.push_back({one.shape, one.budget_flops, one.seed});
    }
    bool any = false;
    for (PastTrial& trial : history) {
      if (trial.state != State::kPending || rng() % 2 == 0) continue;
      Train(&trial);
      if (++ended % 7 == 0) trial.state = State::kFailed;
      any = true;
    }
    if (proposals->done) break;
    ASSERT_LT(++ended, 10000);
    if (!any) continue;
  }
  std::set<TrialKey> keys;
  for (const PastTrial& trial : history) {
    EXPECT_TRUE(keys.insert(KeyOf(trial)).second);
  }
}

TEST(HyperbandSearch, MoreRoundsAndBudgetsKeepWhatWasDrawn) {
  std::mt19937 rng(2);
  const std::vector<PastTrial> history =
      RunCampaign(HyperbandSearch(Options()), SmallProblem(), Train, &rng);
  const auto more =
      HyperbandSearch(Options(2)).Propose(SmallProblem(), history);
  ASSERT_TRUE(more.ok());
  EXPECT_LE(more->trials.size(), 9u + 5 + 3);
  EXPECT_GE(more->trials.size(), 12u);
  // With a fourth budget brackets are larger; all that were drawn stay in them.
  const auto longer = HyperbandSearch(Options()).Propose(
      SmallProblem({1e12, 3e12, 9e12, 2.7e13}), history);
  ASSERT_TRUE(longer.ok());
  int at_smallest = 0;
  for (const Proposal& one : longer->trials) {
    at_smallest += one.budget_flops == 1e12 ? 1 : 0;
  }
  EXPECT_EQ(at_smallest, 27 - 9);
}

TEST(HyperbandSearch, ASpaceOfTwoShapesAndOneBudgetEndWithWhatThereIs) {
  SearchProblem problem = TinyProblem();
  std::mt19937 rng(1);
  Proposals last;
  // The first bracket ends at its first budget, since a third of two is none;
  // the others train both shapes at theirs.
  EXPECT_EQ(RunCampaign(HyperbandSearch(Options()), problem, Train, &rng, &last)
                .size(),
            6u);
  EXPECT_THAT(last.note, HasSubstr("no more distinct"));
  EXPECT_EQ(RunCampaign(HyperbandSearch(Options()), SmallProblem({1e12}), Train,
                        &rng, &last)
                .size(),
            1u);
}

// Which shapes a bracket draws does not depend on which other budgets there
// are: none of the runs that were made there is without use.
TEST(HyperbandSearch, ABudgetBetweenTwoKeepsWhatWasDrawn) {
  const HyperbandSearch search(Options());
  const auto two = search.Propose(SmallProblem({1e12, 3e12}), {});
  const auto three =
      search.Propose(SmallProblem({1e12, 2e12, 3e12}), AsPending(two->trials));
  std::map<double, int> added;
  for (const Proposal& one : three->trials) ++added[one.budget_flops];
  // 3 and 2 shapes become 9, 5 and 3.
  EXPECT_EQ(added, (std::map<double, int>{{1e12, 6}, {2e12, 5}, {3e12, 1}}));
}

}  // namespace
}  // namespace isoshape
