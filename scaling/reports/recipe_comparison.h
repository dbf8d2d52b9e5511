#ifndef ISOSHAPE_SCALING_REPORTS_RECIPE_COMPARISON_H_
#define ISOSHAPE_SCALING_REPORTS_RECIPE_COMPARISON_H_

#include <string>
#include <utility>
#include <vector>

#include "scaling/reports/law_report.h"
#include "scaling/statistics/wald.h"

namespace isoshape {

// Whether recipes have the same exponents.
struct EqualTest {
  std::string figures;  // `alpha`, or `alpha, beta` of both at once
  WaldTest test = {};
  std::string problem = {};  // why it was not made, or empty
};

// One law fitted to the runs of several recipes: a test of each exponent
// (alpha, beta, a, g) that the law has, and one of those that do not follow
// from each other together. The recipes' runs are taken as independent, their
// errors as normal with the covariances of their resamples (wald.h). Two
// reports or more of one law, with their recipes' names.
std::vector<EqualTest> TestEqualExponents(
    const std::vector<std::pair<std::string, LawReport>>& recipes);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_RECIPE_COMPARISON_H_
