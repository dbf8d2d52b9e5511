#include "search/rungs/rungs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using State = PastTrial::State;

TEST(Rungs, TakeFromTheEndsOfAllBudgetsAThirdFurther) {
  const SpreadOptions spread = RungSpread(1e12, 8.1e13);
  const double low = std::sqrt(1e12 / 120);
  EXPECT_NEAR(spread.center_size / spread.size_range, low / 3, 1e-6 * low);
  EXPECT_NEAR(spread.center_size * spread.size_range, low * 9 * 3, 1e-6 * low);
}

TEST(Rungs, RankLossesAndCountTheOthersByHowTheyEnded) {
  const SearchProblem problem = SmallProblem({1e12, 3e12});
  std::vector<PastTrial> history;
  std::vector<Shape> shapes;
  const State states[] = {
      State::kSucceeded, State::kSucceeded, State::kSucceeded, State::kDiverged,
      State::kFailed,    State::kFailed,    State::kPending};
  const double losses[] = {3, 2, 2};
  for (size_t i = 0; i < 7; ++i) {
    shapes.push_back(
        ShapeInSpace(problem.space, static_cast<int64_t>(i) + 1, 64));
    history.push_back({shapes[i], 1e12, 0, states[i]});
    if (i < 3) history[i].validation_loss = losses[i];
  }
  history[5].failure = PastTrial::Failure::kExcluded;
  shapes.push_back(ShapeInSpace(problem.space, 9, 64));  // never proposed
  const TrialIndex index(problem, history);
  const Rung rung = RungOf(index, 0, shapes);
  EXPECT_EQ(rung.shapes, 8u);
  EXPECT_EQ(rung.ranked, 4u);
  EXPECT_EQ(rung.failed, 1u);
  EXPECT_EQ(rung.excluded, 1u);
  EXPECT_EQ(rung.without_loss(), 2u);
  EXPECT_EQ(rung.waiting, 2);
  // Equal losses stay in their order.
  EXPECT_EQ(rung.best, (std::vector<Shape>{shapes[1], shapes[2], shapes[0]}));
  EXPECT_EQ(rung.Winners(2), (std::vector<Shape>{shapes[1], shapes[2]}));
  EXPECT_EQ(rung.Winners(5), std::vector<Shape>());
  // Of four one more than there are with a loss: a diverged shape stays.
  EXPECT_EQ(rung.Winners(1).size(), 3u);
  EXPECT_EQ(EndedText(problem, 0, {rung, Rung()}),
            "4 at 1e12 (1 failed, 1 left out by a user), 0 at 3e12");
  EXPECT_EQ(BestOfRungs(problem, index, {rung, Rung()}),
            "2x64 at 1e12 FLOPs, loss 2");
}

TEST(RungProposals, TakeAShapeOnceAndNoneThatIsNotFeasible) {
  const SearchProblem problem = SmallProblem({1e12, 3e12});
  const TrialIndex index(problem, {});
  RungProposals proposals(problem, index);
  const Shape shape = ShapeInSpace(problem.space, 4, 64);
  const auto add = [&](size_t budget, const Shape& one, const char* reason) {
    return proposals.Add(budget, one, [&] { return std::string(reason); });
  };
  EXPECT_TRUE(add(0, shape, "one"));
  EXPECT_TRUE(add(0, shape, "two"));
  EXPECT_TRUE(add(1, shape, "three"));
  EXPECT_FALSE(add(0, ShapeInSpace(problem.space, 64, 4096), "large"));
  const std::vector<Proposal> trials = proposals.Take();
  ASSERT_EQ(trials.size(), 2u);
  EXPECT_EQ(trials[0].reason, "one");
  EXPECT_EQ(trials[1].budget_flops, 3e12);
}

}  // namespace
}  // namespace isoshape
