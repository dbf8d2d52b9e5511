#include "search/costs/run_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "search/candidates.h"
#include "search/costs/log_linear.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// A machine that is slow with small and deep shapes.
double TrueSeconds(const SurfacePoint& place) {
  return std::exp(0.9 * place.ln_flops - 0.25 * place.ln_size -
                  0.3 * *place.ln_ratio - 20);
}

std::vector<PastTrial> Timed(size_t count) {
  std::vector<PastTrial> history;
  std::mt19937 random(1);
  const SearchProblem problem = SmallProblem();
  const auto candidates = CandidatesOf(problem);
  while (history.size() < count) {
    const ShapeCandidate& one = candidates[random() % candidates.size()];
    PastTrial& trial = history.emplace_back();
    trial = {one.shape, problem.budgets[one.budget]};
    trial.seconds = TrueSeconds(one.point);
  }
  return history;
}

TEST(LogLinear, FindsTheExponentsOfExactRowsWhateverTheirOrder) {
  std::vector<LogLinear::Row> rows;
  std::mt19937 random(4);
  std::uniform_real_distribution<double> uniform(-3, 3);
  for (int i = 0; i < 200; ++i) {
    const LogLinear::Figures x = {uniform(random), uniform(random), 7};
    rows.push_back({x, 5 + 2 * x[0] - 0.5 * x[1]});
  }
  // A machine that was busy.
  rows.push_back({{0, 0, 7}, 25});
  const LogLinear::Prior prior = {.mean = {1, 0, 0}, .deviation = {2, 2, 0}};
  const LogLinear line(rows, prior);
  EXPECT_NEAR(line.At({1, 1, 7}).mean, 6.5, 0.01);
  EXPECT_NEAR(line.At({-2, 3, 7}).mean, -0.5, 0.03);
  std::shuffle(rows.begin(), rows.end(), random);
  EXPECT_EQ(LogLinear(rows, prior).At({1, 1, 7}).mean, line.At({1, 1, 7}).mean);
}

TEST(LogLinear, WithoutRowsThePriorsCompare) {
  const LogLinear line({}, {.mean = {1, -0.5, 0}, .deviation = {0.2, 0.3, 0}});
  EXPECT_NEAR(line.At({3, 1, 0}).mean - line.At({1, 1, 0}).mean, 2, 1e-9);
  EXPECT_NEAR(line.At({1, 2, 0}).mean - line.At({1, 0, 0}).mean, -1, 1e-9);
  EXPECT_GT(line.At({3, 0, 0}).deviation, line.At({1, 0, 0}).deviation);
}

RunCost InSeconds(const std::vector<PastTrial>& history) {
  return {CostUnit::kSeconds, SmallProblem().space, history};
}

TEST(RunCost, IsFlopsUntilFiveTrialsHaveTheirSeconds) {
  const std::vector<PastTrial> four = Timed(4);
  const RunCost early = InSeconds(four);
  EXPECT_FALSE(early.in_seconds());
  const SurfacePoint place = PlaceOf(four[0].shape, 3e12);
  EXPECT_EQ(early.LnCost(place), std::log(3e12));
  EXPECT_EQ(early.SecondsText(place), "");
  EXPECT_EQ(early.Note(),
            "; costs are FLOPs until 5 trials have their seconds, 4 so far");
  const RunCost five = InSeconds(Timed(5));
  EXPECT_TRUE(five.in_seconds());
  EXPECT_THAT(five.Note(),
              HasSubstr("; costs are seconds, by 5 trials within "));
  const RunCost flops(CostUnit::kFlops, SmallProblem().space, Timed(50));
  EXPECT_FALSE(flops.in_seconds());
  EXPECT_EQ(flops.Note(), "");
}

TEST(RunCost, LearnsHowAMachineRunsShapes) {
  const RunCost cost = InSeconds(Timed(40));
  for (const PastTrial& other : Timed(80)) {
    const SurfacePoint place = PlaceOf(other.shape, other.budget_flops);
    EXPECT_NEAR(std::exp(cost.LnCost(place)) / TrueSeconds(place), 1, 0.05);
  }
}

// Times that cannot be, trials without one, and those of shapes with other
// options than the campaign's count for nothing.
TEST(RunCost, IsAFunctionOfTheTimesWhateverTheirOrder) {
  std::vector<PastTrial> history = Timed(30);
  const SurfacePoint place = PlaceOf(history[3].shape, 9e12);
  const double before = InSeconds(history).LnCost(place);
  history.push_back(history[0]);
  history.back().seconds = 0;
  history.push_back(history[1]);
  history.back().seconds = std::nan("");
  history.push_back(history[2]);
  history.back().seconds.reset();
  history.push_back(history[4]);
  history.back().shape.qk_norm = true;
  history.back().seconds = 1e6;
  std::mt19937 random(2);
  std::shuffle(history.begin(), history.end(), random);
  EXPECT_EQ(InSeconds(history).LnCost(place), before);
}

}  // namespace
}  // namespace isoshape
