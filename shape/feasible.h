#ifndef ISOSHAPE_SHAPE_FEASIBLE_H_
#define ISOSHAPE_SHAPE_FEASIBLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// A shape is feasible at a budget if it is within the bounds and limits of its
// space and the budget pays for the space's min tokens.

// The largest relative departure of ffn_width from ffn_ratio * width that is
// allowed when a shape is tuned to a wanted number of FLOPs per token.
inline constexpr double kFfnTuning = 0.3;

// Returns which bound of `space` the shape breaks at this budget, in one line
// with values, or an empty string.
std::string FeasibilityProblem(const SearchSpace& space, const Shape& shape,
                               int64_t tokens_per_step, double budget_flops);

// Returns why no shape of `space` is feasible at this budget, in one line with
// what to change, or an empty string if one is.
std::string NoShapeProblem(const SearchSpace& space, int64_t tokens_per_step,
                           double budget_flops);

// Every shape that NearestFeasibleShape may return, by depth, width and
// ffn_width; none if there are more than `most`.
std::vector<Shape> FeasibleShapes(const SearchSpace& space,
                                  int64_t tokens_per_step, double budget_flops,
                                  size_t most);

// The shape that is wanted; both numbers positive and finite.
struct ShapeTarget {
  double size = 0;          // EffectiveSize: exact training FLOPs per token / 6
  double aspect_ratio = 0;  // width / depth
  // Only shapes whose size is within this relative distance count (0.01: 1 %).
  double size_tolerance = std::numeric_limits<double>::infinity();
};

// Returns the feasible shape nearest to the target among those that `accept`,
// if given, returns true for; none if there is none within the tolerance, or if
// NoShapeProblem finds one. Nearest is the min of 4 ln^2(size ratio) +
// ln^2(aspect ratio's ratio) + 1/2 ln^2(ffn tuning). Deterministic.
std::optional<Shape> NearestFeasibleShape(
    const SearchSpace& space, int64_t tokens_per_step, double budget_flops,
    const ShapeTarget& target,
    const std::function<bool(const Shape&)>& accept = nullptr);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_FEASIBLE_H_
