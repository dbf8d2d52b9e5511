#include "search/outlook.h"

#include "scaling/runs/budget_levels.h"
#include "search/rungs/rungs.h"

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

void AddHalving(const SearchProblem& problem, double eta, size_t first,
                int64_t drawn, Outlook& outlook) {
  outlook.trials.resize(problem.budgets.size());
  for (size_t b = first; b < problem.budgets.size(); ++b) {
    outlook.trials[b] += drawn * problem.seeds;
    drawn = WinnersOf(drawn, eta);
  }
}

}  // namespace isoshape
