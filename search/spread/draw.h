#ifndef ISOSHAPE_SEARCH_SPREAD_DRAW_H_
#define ISOSHAPE_SEARCH_SPREAD_DRAW_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "search/interface.h"

namespace isoshape {

// Where shapes are drawn, and how many; fields as in campaign.proto,
// SobolAlgorithm.
struct SpreadOptions {
  int trials_per_budget = 16;
  uint64_t seed = 0;  // of the points
  // Sizes are drawn from centre / size_range .. centre * size_range, aspect
  // ratios from center / range .. center * range, both evenly in log.
  double center_aspect_ratio = 16;
  double aspect_ratio_range = 4;  // > 1
  double size_range = 5;          // > 1
  // Centre at the smallest budget; 0: PriorSize.
  double center_size = 0;
};

// Point `index` of a sequence in [0, 1)^2 that follows from the seed.
using PointSource = std::array<double, 2> (*)(uint32_t index, uint64_t seed);

// A PointSource of independent uniform points: two streams of SplitMix64.
std::array<double, 2> RandomPoint(uint32_t index, uint64_t seed);

// The stream of a budget's points in DrawShapes, by what it is and not by its
// place among the others, so that a budget that is added between two leaves
// those above it the points that they had. Each `round` has another.
uint64_t StreamOf(double budget_flops, uint64_t round = 0);

// Returns `trials_per_budget` distinct shapes, each the feasible one at this
// budget that is nearest to a point; fewer if points bring no more. A space of
// few shapes is then looked through, so that none in range is left out.
// `center` is the middle of the sizes; each `stream` has points of its own. The
// first shapes are the same however many are asked for. INVALID_ARGUMENT if a
// range is not finite; errors of CheckAnyFeasible.
absl::StatusOr<std::vector<Shape>> DrawShapes(const SpreadOptions& options,
                                              const SearchProblem& problem,
                                              size_t budget, double center,
                                              uint64_t stream,
                                              PointSource source);

// ` (9 asked; no more distinct ones were found in range)`, of the note of a
// search of which DrawShapes returned fewer; empty if it did not.
std::string FewerText(size_t drawn, size_t asked);

// The middle of the sizes at a budget: the centre at the smallest, growing with
// the square root of the budget.
double SpreadCenter(const SpreadOptions& options, const SearchProblem& problem,
                    size_t budget);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_SPREAD_DRAW_H_
