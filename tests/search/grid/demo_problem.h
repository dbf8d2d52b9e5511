#ifndef ISOSHAPE_TESTS_SEARCH_GRID_DEMO_PROBLEM_H_
#define ISOSHAPE_TESTS_SEARCH_GRID_DEMO_PROBLEM_H_

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {

// The demo's scale.
inline SearchProblem DemoProblem() {
  SearchProblem problem;
  problem.budgets = {2.5e11, 7.5e11, 2.25e12};
  problem.tokens_per_step = {1024, 1024, 1024};
  return problem;
}

inline Ending EndBy(const LossLaw& law) {
  return [law](PastTrial* trial) {
    trial->state = PastTrial::State::kSucceeded;
    trial->validation_loss = law.Loss(trial->shape, trial->budget_flops) +
                             1e-4 * static_cast<double>(trial->seed);
  };
}

// Of a note: who shows one sets its parts apart, so each is of a budget and has
// no "; " within.
MATCHER(SaysOfWhichBudgetEachPartIs, "") {
  return testing::ExplainMatchResult(
      testing::Each(testing::StartsWith("budget ")),
      std::vector<std::string>(absl::StrSplit(arg, "; ")), result_listener);
}

// A law whose optimum at the smallest budget is `size`.
inline LossLaw LawWithOptimum(double size, double budget) {
  LossLaw law;
  law.coefficient_n *= std::pow(size / std::sqrt(budget / 6), 2 * law.a);
  law.bowl = 0.0005;
  return law;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SEARCH_GRID_DEMO_PROBLEM_H_
