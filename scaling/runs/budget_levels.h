#ifndef ISOSHAPE_SCALING_RUNS_BUDGET_LEVELS_H_
#define ISOSHAPE_SCALING_RUNS_BUDGET_LEVELS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace isoshape {

// The isoFLOP levels of runs.
struct BudgetLevels {
  std::vector<double> budget = {};  // by run, equal over a level; FLOPs
  int levels = 0;
  // The smallest factor between the least of a level and the most of that below
  // it; infinite of one level.
  double gap = 0;
};

// Whether two numbers of FLOPs stand for one budget: people give budgets with
// fewer digits than are stored, and those that are computed differ by rounding.
bool SameBudget(double a, double b);

// A budget with digits enough that SameBudget knows it by them, as an answer
// tells it to those who may ask for it: `4.4457e11`.
std::string BudgetText(double budget);

// Values that lie within the factor `tolerance` become one level: its value if
// all are equal, else their geometric mean. A level ends where the next value
// is more than `tolerance` times the one before it, or times the level's first
// if the chain of such values is longer than tolerance squared.
BudgetLevels LevelsOf(const std::vector<double>& values, double tolerance);

// The levels of runs whose budgets have no column, from their FLOPs, if these
// fall into levels clearly: at least 1.25 times apart, each with at least three
// sizes. No level if they do not.
BudgetLevels LevelsOfFlops(const std::vector<double>& flops,
                           const std::vector<double>& size, double tolerance);

// The levels of budgets that have names: the geometric mean of the FLOPs of the
// runs of a name. No level if those of one name are more than twice apart, and
// then `problem` says which name.
BudgetLevels LevelsOfNames(const std::vector<absl::string_view>& names,
                           const std::vector<double>& flops,
                           std::string& problem);

// `5 budgets: 1e+18 (9 runs), …`.
std::string Describe(const BudgetLevels& levels);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_BUDGET_LEVELS_H_
