#ifndef ISOSHAPE_SEARCH_GRID_BUDGET_STAGE_H_
#define ISOSHAPE_SEARCH_GRID_BUDGET_STAGE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "search/grid/grid.h"
#include "search/grid/size_ladder.h"
#include "search/interface.h"
#include "search/trial_index.h"

namespace isoshape {

// The place of the least loss of a budget among its sizes.
enum class Bracket {
  kWaiting,  // some size has not ended
  kInside,   // between a smaller and a larger size that are worse
  kAtEdge,   // at the edge of those with a result, and nothing further is tried
  kNoLoss,   // all ended, none with a loss
};

// The state of one budget's sizes, recomputed from the history.
struct BudgetStage {
  Ladder ladder;
  size_t first_round = 0;  // how many of the ladder were there at the start
  Bracket bracket = Bracket::kWaiting;
  bool edge_is_larger = false;  // if kAtEdge, or while extending
  int rounds = 0;               // extensions so far
  int waiting = 0;              // trials that are in the history and run
  // Sizes without a result, as their trials failed or a user left them out:
  // they say nothing of where the least loss lies.
  int failed = 0;
  int excluded = 0;
  Shape best;  // if kInside or kAtEdge
  // Size of least loss: vertex of the parabola in log size through the best
  // size and its neighbours; at the edge, the best size.
  double optimum = 0;
};

// How the sizes of a budget are laid out.
LadderSpec SpecOfBudget(const GridOptions& options,
                        const SearchProblem& problem, size_t budget);

// The sizes `first` at `budget`, extended while the least loss is at an edge,
// at most four times, and not beyond sizes without a result.
BudgetStage StageOfBudget(const GridOptions& options,
                          const SearchProblem& problem, const TrialIndex& index,
                          size_t budget, Ladder first);

// Shapes of several aspect ratios, all within 1 % of the reference's FLOPs per
// token.
struct AspectGroup {
  Shape reference;  // the best size, or a shape near it
  std::vector<Shape> variants;
};

// Compares aspect ratios at the size of `best`: the reference is `best`, the
// variants are nearest to center * step, center / step, center * step^2 ...;
// `count` of them. Depth and width are whole numbers, so there may be too few
// such shapes at exactly that size, or none near the wanted ratios. Then
// another reference is taken, at the centre's aspect ratio and within 14 % of
// the size, at the price of one more trial. Fewer variants if the space has no
// more.
AspectGroup GroupOfAspects(const GridOptions& options,
                           const SearchProblem& problem, size_t budget,
                           const Shape& best, int count);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GRID_BUDGET_STAGE_H_
