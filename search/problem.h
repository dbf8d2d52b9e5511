#ifndef ISOSHAPE_SEARCH_PROBLEM_H_
#define ISOSHAPE_SEARCH_PROBLEM_H_

#include "absl/status/status.h"
#include "search/interface.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// INVALID_ARGUMENT if the problem is malformed. If `creating` (the
// history is empty), also FAILED_PRECONDITION if a budget has no feasible
// shape.
absl::Status CheckProblem(const SearchProblem& problem, bool creating);

// Returns whether a shape has the options that all shapes of the space share (a
// norm, an activation), and so differs from them in its counts alone. A user's
// trial of another says nothing of them: its loss lies on another surface, and
// it takes another time and memory.
bool HasOptionsOf(const SearchSpace& space, Shape shape);

// `center_size`, or PriorSize (scaling/laws/weak_prior.h) if that is 0.
double FirstCenter(double center_size, double min_budget);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_PROBLEM_H_
