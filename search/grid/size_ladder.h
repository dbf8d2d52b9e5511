#ifndef ISOSHAPE_SEARCH_GRID_SIZE_LADDER_H_
#define ISOSHAPE_SEARCH_GRID_SIZE_LADDER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "search/interface.h"

namespace isoshape {

// How the sizes of one budget are laid out.
struct LadderSpec {
  const SearchSpace* space = nullptr;
  int64_t tokens_per_step = 0;
  double budget_flops = 0;
  double aspect_ratio = 16;
  int sizes = 7;
  double size_range = 5;

  // Factor between neighbouring sizes.
  double ratio() const;
};

// Shapes in ascending size, no two of nearly one size.
using Ladder = std::vector<Shape>;

// Sizes evenly spaced in log over centre / size_range .. centre * size_range,
// snapped to feasible shapes. If part of that range is not feasible, the range
// is moved into the feasible sizes. Fewer than `sizes` only if the space has
// too few shapes. Errors of CheckAnyFeasible.
absl::StatusOr<Ladder> BaseLadder(const LadderSpec& spec, double center_size);

// Adds up to two sizes beyond the largest (or below the smallest) of `ladder`,
// one and two ratios away. Returns how many were feasible and added.
int ExtendLadder(const LadderSpec& spec, bool larger, Ladder* ladder);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GRID_SIZE_LADDER_H_
