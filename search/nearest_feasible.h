#ifndef ISOSHAPE_SEARCH_NEAREST_FEASIBLE_H_
#define ISOSHAPE_SEARCH_NEAREST_FEASIBLE_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "shape/feasible.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// The checks of shape/feasible.h with the codes that a search answers with.

// OK if at least one shape is feasible. INVALID_ARGUMENT if the bounds
// themselves are contradictory; FAILED_PRECONDITION if nothing is feasible at
// this budget, with what to change.
absl::Status CheckAnyFeasible(const SearchSpace& space, int64_t tokens_per_step,
                              double budget_flops);

// NearestFeasibleShape. NOT_FOUND if feasible shapes exist but none within the
// tolerance that `accept` returns true for; else the errors of
// CheckAnyFeasible.
absl::StatusOr<Shape> NearestFeasible(
    const SearchSpace& space, int64_t tokens_per_step, double budget_flops,
    const ShapeTarget& target,
    const std::function<bool(const Shape&)>& accept = nullptr);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_NEAREST_FEASIBLE_H_
