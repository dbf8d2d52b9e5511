// Losses that scatter far more than usual: whether that is by their seeds or by
// the surface decides what many runs in one place are worth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "scaling/surface/surface_fit.h"
#include "search/candidates.h"
#include "search/optimum/optimum.h"
#include "shape/accounting.h"
#include "tests/search/optimum/optimum_problem.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A normal figure that its seed fixes.
double NormalOf(int64_t seed) {
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  return std::normal_distribution<double>()(random);
}

// A loss that is `by_seed` off at each run and `by_place` at each shape and
// budget, both as a share of it.
void Train(PastTrial* trial, double by_seed, double by_place) {
  const int64_t place = 1000 * trial->shape.depth + trial->shape.width +
                        std::llround(1e5 * std::log(trial->budget_flops));
  TrainWithScatter(trial);
  trial->validation_loss *= 1 + by_seed * NormalOf(7919 * place + trial->seed) +
                            by_place * NormalOf(place);
}

struct Campaign {
  std::vector<PastTrial> history;
  int repeats = 0;
  Proposals last;
};

Campaign Search(double by_seed, double by_place, const SearchProblem& problem,
                double tolerance = 0.002) {
  std::mt19937 random(1);
  Campaign campaign;
  campaign.history = RunCampaign(
      OptimumSearch({.tolerance = tolerance, .in_flight = 1}), problem,
      [&](PastTrial* trial) { Train(trial, by_seed, by_place); }, &random,
      &campaign.last);
  for (const PastTrial& trial : campaign.history) {
    campaign.repeats += trial.seed > 0 ? 1 : 0;
  }
  return campaign;
}

TEST(LoudRunsTest, RepeatsRunsOnlyIfLossesScatterByMoreThanUsual) {
  EXPECT_LE(Search(0, 0, Problem()).repeats, 3);
  const Campaign loud = Search(0.02, 0, Problem(), 0.01);
  EXPECT_GE(loud.repeats, 4);
  EXPECT_GE(3 * loud.repeats, static_cast<int>(loud.history.size()) - 12);
}

TEST(LoudRunsTest, RepeatsTellTheShareThatNeighboursHave) {
  SurfaceOptions options;
  options.crowding_repeats = 4;
  const Campaign loud = Search(0.02, 0, Problem(), 0.01);
  const auto crowding = [&](double by_seed, double by_place) {
    std::vector<SurfaceRow> rows;
    for (const PastTrial& trial : loud.history) {
      PastTrial again = trial;
      Train(&again, by_seed, by_place);
      rows.push_back({.point = PlaceOf(trial.shape, trial.budget_flops),
                      .ln_loss = std::log(again.validation_loss)});
    }
    return SurfacePosterior(
               rows, {.ln_low = std::log(kLow), .ln_high = std::log(kHigh)},
               options)
        .crowding;
  };
  EXPECT_LT(crowding(0.03, 0), 0.3);
  EXPECT_GT(crowding(0, 0.03), 0.7);
  // Where nothing scatters it is what published sweeps have.
  EXPECT_DOUBLE_EQ(crowding(0, 0), SurfaceOptions().crowding);
  options.crowding_repeats = 0;
  EXPECT_DOUBLE_EQ(crowding(0.03, 0), SurfaceOptions().crowding);
}

TEST(LoudRunsTest, GivesUpWhereTheToleranceTakesTenRunsAtTheTarget) {
  SearchProblem problem = Problem();
  problem.target_flops = kHigh;
  const Campaign loud = Search(0, 0.05, problem);
  EXPECT_TRUE(loud.last.done);
  EXPECT_LT(loud.history.size(), 40);
  EXPECT_THAT(loud.last.note,
              HasSubstr("done, as the tolerance takes too much: "
                        "expected regret at 2.5e13"));
  EXPECT_THAT(loud.last.note, HasSubstr("raise the largest budget"));
  // Unless a limit was given.
  problem.total_flops = 1e30;
  const auto limited =
      OptimumSearch({.in_flight = 1}).Propose(problem, loud.history);
  ASSERT_TRUE(limited.ok()) << limited.status();
  EXPECT_FALSE(limited->done);
  EXPECT_THAT(limited->note, Not(HasSubstr("raise the largest budget")));
}

// The first trials of a campaign of one run at a time, whose seeds differ by so
// much.
std::vector<PastTrial> Begun(double by_seed, size_t count) {
  SearchProblem problem = Problem();
  problem.target_flops = kHigh;
  problem.total_flops = 1e30;
  const OptimumSearch search({.in_flight = 1});
  std::vector<PastTrial> history;
  size_t ended = 0;
  while (ended < count) {
    if (ended == history.size()) {
      const auto more =
          AsPending(search.Propose(problem, history).value().trials);
      history.insert(history.end(), more.begin(), more.end());
    }
    Train(&history.at(ended++), by_seed, 0);
  }
  history.resize(count);
  return history;
}

// Whether losses scatter by their seeds or about the surface decides what there
// is to do, and the note says it.
TEST(LoudRunsTest, SaysWhetherSeedsOrTheSurfaceScatter) {
  const auto note = [](double by_seed, double by_place) {
    const SearchProblem problem = Problem();
    std::vector<PastTrial> history = Begun(0.02, 24);
    for (PastTrial& trial : history) Train(&trial, by_seed, by_place);
    return OptimumSearch({.tolerance = 1e-4, .in_flight = 1})
        .Propose(problem, history)
        .value()
        .note;
  };
  EXPECT_THAT(note(0, 0.03),
              testing::ContainsRegex("losses scatter by .* about the surface "
                                     "and by 0.* % with the seed, so that most "
                                     "of it is of the surface"));
  EXPECT_THAT(note(0.03, 0), testing::ContainsRegex(
                                 "losses scatter by .* about the surface and "
                                 "by [1-4]\\.?[0-9]* % with the seed, with"));
}

// What a proposal says that the tolerance takes, FLOPs beside what is spent.
double Needed(const Proposals& proposals) {
  const std::string& note = proposals.note;
  const std::string before = "expected to take more than another ";
  const size_t at = note.find(before);
  return at == std::string::npos ? 0
                                 : std::stod(note.substr(at + before.size()));
}

// One loss a tenth off raises what the tolerance seems to take six times, above
// the limit, and keeps it there: it may be the only one that says so.
TEST(LoudRunsTest, NoLossAloneMakesItGiveUp) {
  SearchProblem problem = Problem();
  problem.target_flops = kHigh;
  const OptimumSearch search({.in_flight = 1});
  const auto ask = [&](std::vector<PastTrial> history, size_t which,
                       double factor) {
    history.at(which).validation_loss *= factor;
    return search.Propose(problem, history).value();
  };
  const std::vector<PastTrial> less = Begun(0.015, 32);
  EXPECT_LT(Needed(ask(less, 26, 1)), 3 * kHigh);
  const std::vector<PastTrial> more = Begun(0.02, 28);
  for (const Proposals& proposals :
       {ask(less, 26, 1.1), ask(less, 26, 1.2), ask(more, 25, 1.1),
        ask(more, 25, 1.2), ask(more, 22, 1.1), ask(more, 22, 1.2)}) {
    EXPECT_GT(Needed(proposals), 10 * kHigh) << proposals.note;
    EXPECT_FALSE(proposals.done) << proposals.note;
    EXPECT_THAT(proposals.trials, testing::Not(testing::IsEmpty()));
    EXPECT_THAT(proposals.note, Not(HasSubstr("raise the largest budget")));
  }
}

// Which losses are left out to see that is by what they count in the fit, and
// not by their distance alone.
TEST(LoudRunsTest, NoLossAloneMakesItGiveUpBesideSomeThatHardlyCount) {
  SearchProblem problem = Problem();
  problem.target_flops = kHigh;
  std::vector<PastTrial> history = Begun(0.015, 32);
  history.at(26).validation_loss *= 1.2;
  for (PastTrial& trial : history) {
    trial.loss_stderr = 0.001 * trial.validation_loss;
  }
  for (size_t i = 0; i < 5; ++i) {
    PastTrial vague = history.at(i);
    vague.shape.depth += 1;  // in a place of its own
    vague.validation_loss *= 1.5;
    vague.loss_stderr = 0.5 * vague.validation_loss;
    history.push_back(vague);
  }
  const Proposals proposals =
      OptimumSearch({.in_flight = 1}).Propose(problem, history).value();
  EXPECT_GT(Needed(proposals), 10 * kHigh) << proposals.note;
  EXPECT_FALSE(proposals.done) << proposals.note;
  EXPECT_THAT(proposals.trials, testing::Not(testing::IsEmpty()));
}

TEST(LoudRunsTest, SaysBeforeAnyRunWhatScatterWouldCost) {
  const auto proposals = OptimumSearch({}).Propose(Problem(), {});
  ASSERT_TRUE(proposals.ok()) << proposals.status();
  EXPECT_THAT(proposals->note,
              testing::ContainsRegex("expected to take about .* FLOPs if "
                                     "losses scatter by 0.3 %, and .* if by "
                                     "2.5 %"));
  // One that it will not reach, though nobody limited the FLOPs.
  const auto beyond = OptimumSearch({.tolerance = 1e-6}).Propose(Problem(), {});
  ASSERT_TRUE(beyond.ok()) << beyond.status();
  EXPECT_THAT(
      beyond->note,
      testing::ContainsRegex("is expected to take more than .* FLOPs, and one "
                             "run at the target takes 2.5e14: raise the "
                             "largest budget, or allow a larger tolerance"));
}

}  // namespace
}  // namespace isoshape
