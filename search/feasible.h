#ifndef ISOSHAPE_SEARCH_FEASIBLE_H_
#define ISOSHAPE_SEARCH_FEASIBLE_H_

#include <cstdint>
#include <limits>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "search/interface.h"
#include "shape/shape.h"

namespace isoshape {

// Largest relative departure of ffn_width from ffn_ratio * width by which a
// shape may be tuned to a wanted number of FLOPs per token.
inline constexpr double kFfnTuning = 0.3;

// Least tokens of a trial: min_tokens, or 20 steps where that is 0.
int64_t TokenFloor(const SearchSpace& space, int64_t tokens_per_step);

// The shape of `space` with this depth and width: heads = kv_heads = width /
// head_dim, ffn_width = ffn_ratio * width rounded to ffn_multiple, at least one
// multiple.
Shape ShapeInSpace(const SearchSpace& space, int64_t depth, int64_t width);

// Returns which bound of `space` the shape breaks at this budget, in one line
// with values, or an empty string.
std::string FeasibilityProblem(const SearchSpace& space, const Shape& shape,
                               int64_t tokens_per_step, double budget_flops);

// OK where at least one shape is feasible. INVALID_ARGUMENT where the bounds
// themselves are contradictory; FAILED_PRECONDITION where nothing is feasible
// at this budget, with what to change.
absl::Status CheckAnyFeasible(const SearchSpace& space, int64_t tokens_per_step,
                              double budget_flops);

// Returns the feasible shape nearest to a size (EffectiveSize: exact training
// FLOPs per token / 6) and an aspect ratio (width / depth): least
// 4 ln^2(size ratio) + ln^2(aspect ratio's ratio) + 1/2 ln^2(ffn tuning). Where
// `size_tolerance` is finite, only shapes whose size is within that relative
// distance count (0.01: 1 %). Deterministic.
//
// NOT_FOUND where feasible shapes exist but none within the tolerance; else the
// errors of CheckAnyFeasible.
absl::StatusOr<Shape> NearestFeasible(
    const SearchSpace& space, int64_t tokens_per_step, double budget_flops,
    double target_size, double target_aspect_ratio,
    double size_tolerance = std::numeric_limits<double>::infinity());

// As above, over the shapes alone that `accept` returns true for.
absl::StatusOr<Shape> NearestFeasibleIf(
    const SearchSpace& space, int64_t tokens_per_step, double budget_flops,
    double target_size, double target_aspect_ratio, double size_tolerance,
    absl::FunctionRef<bool(const Shape&)> accept);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_FEASIBLE_H_
