#ifndef ISOSHAPE_SEARCH_PROBLEM_H_
#define ISOSHAPE_SEARCH_PROBLEM_H_

#include "absl/status/status.h"
#include "search/interface.h"

namespace isoshape {

// INVALID_ARGUMENT if the problem is malformed. If `creating` (the
// history is empty), also FAILED_PRECONDITION if a budget has no feasible
// shape.
absl::Status CheckProblem(const SearchProblem& problem, bool creating);

// The size that gets twenty tokens for each parameter at the budget:
// sqrt(budget / 6 / 20) (Hoffmann et al. 2022).
double TwentyTokenSize(double budget_flops);

// `center_size`, or TwentyTokenSize if that is 0.
double FirstCenter(double center_size, double min_budget);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_PROBLEM_H_
