#include "search/kriging/past_shapes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <utility>

#include "search/candidates.h"
#include "search/trial_index.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

using State = PastTrial::State;

std::vector<PastShape> ShapesOf(const SearchProblem& problem,
                                const std::vector<PastTrial>& history) {
  return PastShapes(problem, history, TrialIndex(problem, history));
}

GpFrame FrameOf(const SearchProblem& problem) {
  GpFrame frame;
  for (const double budget : problem.budgets) {
    frame.ln_budgets.push_back(std::log(budget));
    frame.ln_centers.push_back(std::log(budget / 120) / 2);
  }
  return frame;
}

TEST(PastShapes, LeavesOutWhatHasOtherOptionsWhateverTheOrder) {
  const SearchProblem problem = SmallProblem({1e12});
  PastTrial plain = {ShapeInSpace(problem.space, 4, 64), 1e12, 0};
  Train(&plain);
  PastTrial other = plain;
  other.shape.qk_norm = true;
  other.validation_loss = 1;
  for (const std::vector<PastTrial>& history :
       {std::vector{plain, other}, std::vector{other, plain}}) {
    const std::vector<PastShape> shapes = ShapesOf(problem, history);
    ASSERT_EQ(shapes.size(), 1u);
    EXPECT_EQ(shapes[0].shape, plain.shape);
    EXPECT_EQ(shapes[0].outcome.loss, plain.validation_loss);
  }
}

// One of which a seed diverged is known not to train, whatever a user thinks of
// another seed.
TEST(PastShapes, IsExcludedOnlyIfNothingElseIsKnown) {
  SearchProblem problem = SmallProblem({1e12});
  problem.seeds = 2;
  const Shape shape = ShapeInSpace(problem.space, 4, 64);
  PastTrial left_out = {shape, 1e12, 0, State::kFailed};
  left_out.failure = PastTrial::Failure::kExcluded;
  PastTrial second = {shape, 1e12, 1, State::kFailed};
  second.failure = PastTrial::Failure::kExcluded;
  EXPECT_TRUE(ShapesOf(problem, {left_out, second})[0].excluded());
  second.failure = PastTrial::Failure::kUnknown;
  EXPECT_FALSE(ShapesOf(problem, {left_out, second})[0].excluded());
  second.state = State::kDiverged;
  EXPECT_FALSE(ShapesOf(problem, {left_out, second})[0].excluded());
  Train(&second);
  const PastShape one = ShapesOf(problem, {left_out, second})[0];
  EXPECT_TRUE(one.has_loss());
  // A mean over one run of two counts as one.
  EXPECT_EQ(RowsOf({one}, FrameOf(problem))[0].count, 1);
}

// Merged rows lose neither runs nor the mean place and loss of their budget.
TEST(RowsOf, AreAFewHowEverManyShapesThereAreAndKeepTheirMeans) {
  const SearchProblem problem = SmallProblem({1e12, 3e12, 9e12});
  const std::vector<ShapeCandidate> candidates = CandidatesOf(problem);
  std::mt19937 rng(1);
  std::vector<PastTrial> history;
  for (int i = 0; i < 3000; ++i) {
    const ShapeCandidate& one = candidates[rng() % candidates.size()];
    PastTrial& trial = history.emplace_back();
    trial = {one.shape, problem.budgets[one.budget], 0};
    trial.shape.ffn_width += 8 * static_cast<int64_t>(rng() % 64);
    Train(&trial);
  }
  const std::vector<PastShape> shapes = ShapesOf(problem, history);
  ASSERT_GT(shapes.size(), 1000u);
  const GpFrame frame = FrameOf(problem);
  const std::vector<GpRow> rows = RowsOf(shapes, frame);
  EXPECT_LE(rows.size(), kMaxGpRows);
  EXPECT_GT(rows.size(), kMaxGpRows / 4);
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    const double compute = frame.ln_budgets[b] - frame.ln_budgets[0];
    double count = 0, size = 0, ratio = 0, ln_loss = 0;
    for (const GpRow& row : rows) {
      if (row.place.compute != compute) continue;
      count += row.count;
      size += row.count * row.place.size;
      ratio += row.count * row.place.ratio;
      ln_loss += row.count * row.ln_loss;
    }
    for (const PastShape& one : shapes) {
      if (one.budget != b) continue;
      const GpPlace place = frame.PlaceOf(b, one.point);
      count -= 1;
      size -= place.size;
      ratio -= place.ratio;
      ln_loss -= std::log(*one.outcome.loss);
    }
    EXPECT_EQ(count, 0);
    EXPECT_NEAR(size, 0, 1e-6);
    EXPECT_NEAR(ratio, 0, 1e-6);
    EXPECT_NEAR(ln_loss, 0, 1e-6);
  }
}

}  // namespace
}  // namespace isoshape
