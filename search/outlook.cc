#include "search/outlook.h"

#include <cstddef>

#include "scaling/runs/budget_levels.h"

namespace isoshape {

Outlook OutlookOfFirst(const SearchProblem& problem, const Proposals& first) {
  Outlook outlook = {.kind = Outlook::Kind::kExactly,
                     .trials = std::vector<int64_t>(problem.budgets.size())};
  for (const Proposal& trial : first.trials) {
    for (size_t b = 0; b < problem.budgets.size(); ++b) {
      if (SameBudget(trial.budget_flops, problem.budgets[b])) {
        ++outlook.trials[b];
      }
    }
  }
  return outlook;
}

Outlook OutlookOfEach(const SearchProblem& problem, Outlook::Kind kind,
                      int64_t shapes) {
  return {.kind = kind,
          .trials = std::vector<int64_t>(problem.budgets.size(),
                                         shapes * problem.seeds)};
}

}  // namespace isoshape
