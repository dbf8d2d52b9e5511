#ifndef ISOSHAPE_SEARCH_PROBLEM_H_
#define ISOSHAPE_SEARCH_PROBLEM_H_

#include "absl/status/status.h"
#include "search/interface.h"

namespace isoshape {

// INVALID_ARGUMENT where the problem is malformed. Where `creating` (the
// history is empty), also FAILED_PRECONDITION where a budget has no feasible
// shape.
absl::Status CheckProblem(const SearchProblem& problem, bool creating);

// `center_size`, or where that is 0 the size that gets twenty tokens for each
// parameter at the budget: sqrt(budget / 6 / 20) (Hoffmann et al. 2022).
double FirstCenter(double center_size, double smallest_budget);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_PROBLEM_H_
