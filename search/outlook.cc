#include "search/outlook.h"

#include <algorithm>
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

std::optional<double> LaterFlops(const SearchProblem& problem,
                                 const Outlook& outlook,
                                 const std::vector<PastTrial>& history,
                                 const std::vector<Proposal>& proposed) {
  std::vector<int64_t> left = outlook.trials;
  const auto count = [&](double budget) {
    for (size_t b = 0; b < left.size(); ++b) {
      if (SameBudget(budget, problem.budgets[b])) --left[b];
    }
  };
  for (const PastTrial& trial : history) count(trial.budget_flops);
  for (const Proposal& trial : proposed) count(trial.budget_flops);
  double flops = 0;
  for (size_t b = 0; b < left.size(); ++b) {
    flops +=
        problem.budgets[b] * static_cast<double>(std::max(int64_t{0}, left[b]));
  }
  if (flops > 0) return flops;
  return std::nullopt;
}

}  // namespace isoshape
