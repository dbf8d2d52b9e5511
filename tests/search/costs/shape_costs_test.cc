#include "search/costs/shape_costs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "search/candidates.h"
#include "shape/accounting.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {
namespace {

double DecodeSeconds(const Shape& shape) {
  return 1e-4 + 5e-5 * static_cast<double>(shape.depth) +
         2e-10 * ValuesReadPerToken(shape);
}

std::vector<PastTrial> Measured(const SearchProblem& problem, size_t count) {
  std::vector<PastTrial> history;
  std::mt19937 random(1);
  const auto candidates = CandidatesOf(problem);
  while (history.size() < count) {
    const ShapeCandidate& one = candidates[random() % candidates.size()];
    PastTrial& trial = history.emplace_back();
    trial = {one.shape, problem.budgets[one.budget]};
    trial.costs.decode_seconds = DecodeSeconds(one.shape);
    trial.costs.peak_memory_bytes =
        1.3 *
        static_cast<double>(EstimateTrainingMemory(one.shape, 1024).total());
  }
  return history;
}

TEST(ShapeCosts, ParametersAreKnownOfEveryShape) {
  const SearchProblem problem = SmallProblem();
  const ShapeCosts costs(CostOfShape::kParameters, problem, {});
  EXPECT_TRUE(costs.has_level());
  const Shape shape = CandidatesOf(problem)[17].shape;
  EXPECT_EQ(costs.At(shape, 0).mean,
            std::log(static_cast<double>(CountParameters(shape).total())));
  EXPECT_EQ(costs.At(shape, 0).deviation, 0);
}

TEST(ShapeCosts, AMeasuredShapeHasWhatWasMeasured) {
  const SearchProblem problem = SmallProblem();
  std::vector<PastTrial> history = Measured(problem, 12);
  const Shape shape = history[0].shape;
  for (PastTrial& trial : history) {
    if (trial.shape != shape) continue;
    trial.costs.decode_seconds = 1.5 * DecodeSeconds(shape);
  }
  const ShapeCosts decode(CostOfShape::kDecodeSeconds, problem, history);
  EXPECT_NEAR(std::exp(decode.At(shape, 2).mean) / DecodeSeconds(shape), 1.5,
              1e-9);
  EXPECT_EQ(decode.At(shape, 2).deviation, 0);
}

// A shape of a user's own with another norm takes as long as it takes; it is
// not the one of the space with its counts.
TEST(ShapeCosts, AShapeWithOtherOptionsSaysNothing) {
  const SearchProblem problem = SmallProblem();
  std::vector<PastTrial> history = Measured(problem, 12);
  const ShapeCosts before(CostOfShape::kDecodeSeconds, problem, history);
  PastTrial other = history[0];
  other.shape.qk_norm = true;
  other.costs.decode_seconds = 100 * DecodeSeconds(other.shape);
  history.push_back(other);
  const ShapeCosts after(CostOfShape::kDecodeSeconds, problem, history);
  EXPECT_EQ(after.measured(), before.measured());
  for (const ShapeCandidate& one : CandidatesOf(problem)) {
    EXPECT_EQ(after.At(one.shape, one.budget).mean,
              before.At(one.shape, one.budget).mean);
  }
  // Nor does it, if nothing else was measured.
  const ShapeCosts alone(CostOfShape::kDecodeSeconds, problem, {other});
  EXPECT_FALSE(alone.has_level());
}

TEST(ShapeCosts, OthersHaveWhatFollowsFromThoseThatWereMeasured) {
  const SearchProblem problem = SmallProblem();
  const std::vector<PastTrial> history = Measured(problem, 12);
  const ShapeCosts decode(CostOfShape::kDecodeSeconds, problem, history);
  const ShapeCosts memory(CostOfShape::kPeakMemoryBytes, problem, history);
  for (const PastTrial& other : Measured(problem, 60)) {
    EXPECT_NEAR(decode.At(other.shape, 1).mean,
                std::log(*other.costs.decode_seconds), 0.1);
    EXPECT_NEAR(std::exp(memory.At(other.shape, 1).mean) /
                    *other.costs.peak_memory_bytes,
                1, 0.05);
  }
}

// Nobody has measured a step: shapes compare by their FLOPs, and no more.
TEST(ShapeCosts, WithoutACardShapesCompareButHaveNoLevel) {
  const SearchProblem problem = SmallProblem();
  const ShapeCosts costs(CostOfShape::kStepSeconds, problem,
                         Measured(problem, 5));
  EXPECT_FALSE(costs.has_level());
  EXPECT_EQ(costs.measured(), 0u);
  const auto candidates = CandidatesOf(problem);
  EXPECT_LT(costs.At(candidates.front().shape, 0).mean,
            costs.At(candidates.back().shape, 0).mean);
}

TEST(ShapeCosts, FollowFromTheCardsWhateverTheirOrder) {
  const SearchProblem problem = SmallProblem();
  std::vector<PastTrial> history = Measured(problem, 25);
  const Shape other = CandidatesOf(problem)[40].shape;
  const ShapeCosts before(CostOfShape::kDecodeSeconds, problem, history);
  std::mt19937 random(2);
  std::shuffle(history.begin(), history.end(), random);
  const ShapeCosts after(CostOfShape::kDecodeSeconds, problem, history);
  EXPECT_EQ(before.At(other, 0).mean, after.At(other, 0).mean);
  EXPECT_EQ(before.At(other, 0).deviation, after.At(other, 0).deviation);
}

}  // namespace
}  // namespace isoshape
