#include "search/optimum/optimum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "search/candidates.h"
#include "shape/accounting.h"
#include "tests/search/optimum/optimum_problem.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using State = PastTrial::State;

// Whoever gives a limit has what is below it spent, however much that is.
SearchProblem EndlessProblem() {
  SearchProblem problem = Problem();
  problem.total_flops = 1e30;
  return problem;
}

// A history in the middle of a campaign of one run at a time: so many ended,
// the next waits if asked for.
std::vector<PastTrial> History(int ended, bool one_waits) {
  std::vector<PastTrial> history;
  const OptimumSearch search({.tolerance = 1e-9, .in_flight = 1});
  for (int k = 0; k <= ended; ++k) {
    const auto proposals = search.Propose(EndlessProblem(), history);
    EXPECT_TRUE(proposals.ok()) << proposals.status();
    for (const Proposal& one : proposals->trials) {
      history.push_back({one.shape, one.budget_flops, one.seed});
    }
    const auto next = std::find_if(
        history.begin(), history.end(),
        [](const PastTrial& one) { return one.state == State::kPending; });
    if (next == history.end()) {
      ADD_FAILURE() << proposals->note;
      return history;
    }
    if (k < ended) TrainWithScatter(&*next);
    if (k == ended && !one_waits) history.erase(next);
  }
  return history;
}

TEST(OptimumSearchTest, StartsWithSevenRunsToEitherSideOfTheBestGuess) {
  const auto proposals = OptimumSearch({}).Propose(Problem(), {});
  ASSERT_TRUE(proposals.ok()) << proposals.status();
  ASSERT_EQ(proposals->trials.size(), 7);
  EXPECT_FALSE(proposals->done);
  const double size = std::sqrt(kLow / 120);
  double least = 1e30, most = 0;
  int cheapest = 0;
  for (const Proposal& one : proposals->trials) {
    cheapest += one.budget_flops == kLow ? 1 : 0;
    least = std::min(least, EffectiveSize(one.shape));
    most = std::max(most, EffectiveSize(one.shape));
    EXPECT_EQ(one.seed, 0);
  }
  EXPECT_EQ(cheapest, 5);
  EXPECT_NEAR(std::log(least), std::log(size / 4), 0.3);
  EXPECT_GT(most, 4 * size);
}

TEST(OptimumSearchTest, FindsTheBestSizeAndSaysThatItIsCertain) {
  for (const int workers : {1, 4}) {
    std::mt19937 random(static_cast<unsigned>(workers));
    Proposals last;
    const auto history =
        RunCampaign(OptimumSearch({.in_flight = workers}), Problem(),
                    TrainWithScatter, &random, &last);
    EXPECT_TRUE(last.done);
    EXPECT_THAT(last.note, HasSubstr("done, the answer is within the "
                                     "tolerance: expected regret at 2.5e14"));
    EXPECT_GT(history.size(), 12);
    EXPECT_LT(history.size(), 70);
    // The answer is the best size of the note.
    const size_t at = last.note.find("best size ");
    ASSERT_NE(at, std::string::npos);
    const double size = std::stod(last.note.substr(at + 10));
    EXPECT_NEAR(std::log(size / LossLaw().OptimalSize(10 * kHigh)), 0, 0.3);
  }
}

TEST(OptimumSearchTest, TheOrderOfTheHistoryChangesNothing) {
  std::vector<PastTrial> history = History(14, true);
  const OptimumSearch search({.in_flight = 4});
  const auto first = search.Propose(Problem(), history);
  ASSERT_TRUE(first.ok());
  ASSERT_FALSE(first->trials.empty());
  std::mt19937 random(3);
  for (int k = 0; k < 5; ++k) {
    std::shuffle(history.begin(), history.end(), random);
    EXPECT_EQ(TextOf(*search.Propose(Problem(), history)), TextOf(*first));
  }
  // A restarted coordinator has another object.
  EXPECT_EQ(
      TextOf(*OptimumSearch({.in_flight = 4}).Propose(Problem(), history)),
      TextOf(*first));
}

TEST(OptimumSearchTest, ABatchHasNoDuplicatesAndIsNotProposedAgain) {
  std::vector<PastTrial> history = History(20, false);
  const OptimumSearch search({.tolerance = 1e-9, .in_flight = 16});
  auto proposals = search.Propose(EndlessProblem(), history);
  ASSERT_TRUE(proposals.ok());
  ASSERT_GE(proposals->trials.size(), 3);
  double in_flight = 0;
  for (const Proposal& one : proposals->trials) {
    history.push_back({one.shape, one.budget_flops, one.seed});
    in_flight += one.budget_flops;
  }
  std::set<std::tuple<int64_t, int64_t, double, int64_t>> different;
  double spent = 0;
  for (const PastTrial& trial : history) {
    different.insert(
        {trial.shape.depth, trial.shape.width, trial.budget_flops, trial.seed});
    if (trial.state == State::kSucceeded) spent += trial.budget_flops;
  }
  EXPECT_EQ(different.size(), history.size());
  EXPECT_LE(in_flight, 0.51 * spent);
  // Only what is not worth to wait for: some of those that are wanted were not
  // proposed as they tell little beside the others.
  proposals = search.Propose(EndlessProblem(), history);
  EXPECT_LE(proposals->trials.size() + history.size(), 20 + 16);
}

TEST(OptimumSearchTest, TheReasonSaysWhatIsGainedAndForHowMuch) {
  const auto proposals =
      OptimumSearch({.in_flight = 1}).Propose(Problem(), History(14, false));
  ASSERT_EQ(proposals->trials.size(), 1);
  EXPECT_THAT(proposals->trials[0].reason,
              testing::MatchesRegex(
                  "lowers the expected regret at 2.5e14 FLOPs from .* % to "
                  ".* % for .* FLOPs; tells .*: size .*, width/depth .*"));
  EXPECT_THAT(proposals->note, HasSubstr("most uncertain is"));
  EXPECT_THAT(proposals->note, HasSubstr("would lower it to about"));
}

// Failed shapes give no loss, and what is as large or larger is avoided; those
// that diverged too.
TEST(OptimumSearchTest, AvoidsWhatFailed) {
  for (const State end : {State::kFailed, State::kDiverged}) {
    std::vector<PastTrial> history = History(14, false);
    const OptimumSearch search({.in_flight = 1});
    const auto before = search.Propose(Problem(), history);
    const Proposal& next = before->trials.at(0);
    history.push_back({next.shape, next.budget_flops, next.seed, end});
    for (int k = 0; k < 5; ++k) {
      const auto after = search.Propose(Problem(), history);
      ASSERT_EQ(after->trials.size(), 1);
      const Proposal& other = after->trials[0];
      const double larger =
          std::log(EffectiveSize(other.shape) / EffectiveSize(next.shape));
      const double ratio =
          std::log(AspectRatio(other.shape) / AspectRatio(next.shape));
      EXPECT_FALSE(other.budget_flops >= next.budget_flops && larger >= 0 &&
                   larger < 0.7 && std::abs(ratio) < 0.5);
      EXPECT_THAT(after->note, HasSubstr("ended without a loss"));
      history.push_back({other.shape, other.budget_flops, other.seed});
      TrainWithScatter(&history.back());
    }
  }
}

TEST(OptimumSearchTest, GivesUpWhenNothingTrains) {
  std::mt19937 random(1);
  Proposals last;
  const auto history = RunCampaign(
      OptimumSearch({}), Problem(),
      [](PastTrial* trial) { trial->state = State::kFailed; }, &random, &last);
  EXPECT_TRUE(last.done);
  EXPECT_LT(history.size(), 20);
  EXPECT_THAT(last.note, HasSubstr("see the errors of the trials"));
}

// Certain once is not enough: it may be chance.
TEST(OptimumSearchTest, StopsOnlyIfItWasCertainBeforeTheLastLossToo) {
  std::mt19937 random(4);
  const OptimumSearch search({.in_flight = 1});
  std::vector<PastTrial> history =
      RunCampaign(search, Problem(), TrainWithScatter, &random);
  EXPECT_TRUE(search.Propose(Problem(), history)->done);
  const auto last = std::max_element(
      history.begin(), history.end(),
      [](const auto& a, const auto& b) { return a.ended < b.ended; });
  history.erase(last);
  EXPECT_FALSE(search.Propose(Problem(), history)->done);
}

TEST(OptimumSearchTest, ASmallerToleranceCostsMore) {
  std::vector<PastTrial> history = History(25, false);
  EXPECT_TRUE(
      OptimumSearch({.tolerance = 0.05}).Propose(Problem(), history)->done);
  EXPECT_FALSE(OptimumSearch({.tolerance = 1e-5})
                   .Propose(EndlessProblem(), history)
                   ->done);
}

// With one depth the aspect ratio is given by the size.
TEST(OptimumSearchTest, DoesWithoutAspectRatiosIfThereAreNone) {
  SearchProblem problem = Problem();
  problem.space.min_depth = problem.space.max_depth = 4;
  EXPECT_FALSE(RatiosDiffer(CandidatesOf(problem)));
  EXPECT_TRUE(RatiosDiffer(CandidatesOf(Problem())));
  std::mt19937 random(1);
  Proposals last;
  RunCampaign(OptimumSearch({}), problem, TrainWithScatter, &random, &last);
  EXPECT_THAT(last.note, HasSubstr("within the tolerance"));
  EXPECT_THAT(last.note, testing::Not(HasSubstr("width/depth")));
}

TEST(OptimumSearchTest, RefusesATargetThatTheFlopsCannotReach) {
  SearchProblem problem = Problem();
  problem.total_flops = 30 * kLow;
  const auto refused = OptimumSearch({}).Propose(problem, {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()),
              testing::MatchesRegex(
                  "tolerance 0.002 at 2.5e14 FLOPs would take about .*e13 "
                  "FLOPs and total_flops is 7.5e12, enough for about 0.0.*; "
                  "raise total_flops.*"));
  problem.total_flops = 1000 * kLow;
  const auto accepted = OptimumSearch({}).Propose(problem, {});
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_THAT(accepted->note,
              HasSubstr("the tolerance is expected to take about"));
}

TEST(OptimumSearchTest, RefusesASpaceOfTwoShapes) {
  SearchProblem problem = Problem();
  problem.space.min_depth = problem.space.max_depth = 4;
  problem.space.min_width = 64;
  problem.space.max_width = 80;
  const auto refused = OptimumSearch({}).Propose(problem, {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(refused.status().message(),
              HasSubstr("the space has 2 different shapes"));
}

TEST(OptimumSearchTest, NeedsATarget) {
  SearchProblem problem = Problem();
  problem.target_flops = 0;
  EXPECT_EQ(OptimumSearch({}).Propose(problem, {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
