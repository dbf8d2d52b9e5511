#include "search/grid/budget_stage.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "shape/accounting.h"

namespace isoshape {
namespace {

constexpr int kMaxExtensions = 4;

// Vertex of the parabola through three points; x[1] if a point is infinite
// or the three lie on a line.
double Vertex(const double (&x)[3], const double (&y)[3]) {
  const double left = (y[1] - y[0]) / (x[1] - x[0]);
  const double right = (y[2] - y[1]) / (x[2] - x[1]);
  const double curvature = (right - left) / (x[2] - x[0]);
  if (!std::isfinite(curvature) || curvature <= 0) return x[1];
  const double vertex = (x[0] + x[1]) / 2 - left / (2 * curvature);
  return std::clamp(vertex, x[0], x[2]);
}

double LogSize(const Shape& shape) { return std::log(EffectiveSize(shape)); }

// The sizes of a ladder that have a result, and their losses.
struct Results {
  std::vector<size_t> rungs;
  std::vector<double> losses;
  bool ended = true;  // all sizes have
};

// Also counts the others.
Results ResultsOf(const TrialIndex& index, size_t budget, BudgetStage* stage) {
  Results results;
  stage->waiting = stage->failed = stage->excluded = 0;
  for (size_t i = 0; i < stage->ladder.size(); ++i) {
    const ShapeOutcome outcome = index.Outcome(budget, stage->ladder[i]);
    results.ended = results.ended && outcome.ended();
    stage->waiting += outcome.waiting;
    if (outcome.loss) {
      results.rungs.push_back(i);
      results.losses.push_back(*outcome.loss);
    } else if (outcome.ended()) {
      ++(outcome.excluded && !outcome.failed ? stage->excluded : stage->failed);
    }
  }
  return results;
}

}  // namespace

LadderSpec SpecOfBudget(const GridOptions& options,
                        const SearchProblem& problem, size_t budget) {
  return {.space = &problem.space,
          .tokens_per_step = problem.tokens_per_step[budget],
          .budget_flops = problem.budgets[budget],
          .aspect_ratio = options.center_aspect_ratio,
          .sizes = options.sizes,
          .size_range = options.size_range};
}

BudgetStage StageOfBudget(const GridOptions& options,
                          const SearchProblem& problem, const TrialIndex& index,
                          size_t budget, Ladder first) {
  const LadderSpec spec = SpecOfBudget(options, problem, budget);
  BudgetStage stage;
  stage.ladder = std::move(first);
  stage.first_round = stage.ladder.size();
  while (true) {
    const Results results = ResultsOf(index, budget, &stage);
    const std::vector<size_t>& rungs = results.rungs;
    const std::vector<double>& losses = results.losses;
    if (!results.ended) {
      stage.bracket = Bracket::kWaiting;
      return stage;
    }
    const auto least = std::min_element(losses.begin(), losses.end());
    if (least == losses.end() || !std::isfinite(*least)) {
      stage.bracket = Bracket::kNoLoss;
      return stage;
    }
    const auto best = static_cast<size_t>(least - losses.begin());
    const auto size = [&](size_t i) { return LogSize(stage.ladder[rungs[i]]); };
    stage.best = stage.ladder[rungs[best]];
    const bool at_min = best == 0;
    const bool at_max = best + 1 == losses.size();
    if (!at_min && !at_max) {
      stage.bracket = Bracket::kInside;
      stage.optimum =
          std::exp(Vertex({size(best - 1), size(best), size(best + 1)},
                          {losses[best - 1], losses[best], losses[best + 1]}));
      return stage;
    }
    stage.edge_is_larger = at_max;
    // A lone size is at both edges. What failed beyond it fails further on, or
    // is to be tried again first.
    const bool extends_larger =
        at_max && rungs[best] + 1 == stage.ladder.size();
    const bool extends_smaller = at_min && rungs[best] == 0;
    int added = 0;
    if (stage.rounds < kMaxExtensions) {
      if (extends_larger) added += ExtendLadder(spec, true, &stage.ladder);
      if (extends_smaller) added += ExtendLadder(spec, false, &stage.ladder);
    }
    if (added == 0) {
      stage.bracket = Bracket::kAtEdge;
      stage.optimum = EffectiveSize(stage.best);
      return stage;
    }
    ++stage.rounds;
  }
}

}  // namespace isoshape
