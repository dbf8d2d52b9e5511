#include "scaling/reports/recipe_comparison.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace isoshape {
namespace {

using Recipes = std::vector<std::pair<std::string, LawReport>>;

const LawFigure* Find(const LawReport& report, const std::string& name) {
  const LawFigure* parameter = FindLawFigure(report.parameters, name);
  return parameter != nullptr ? parameter : FindLawFigure(report.derived, name);
}

bool AllHave(const Recipes& recipes, const std::string& name) {
  for (const auto& [recipe, report] : recipes) {
    if (Find(report, name) == nullptr) return false;
  }
  return true;
}

std::string Problem(const std::string& recipe, const LawReport& report,
                    const LawFigure& figure) {
  if (report.optimum && !report.optimum->converged) {
    return absl::StrCat("the fit of ", recipe, " is not converged");
  }
  if (!figure.unidentified.empty()) {
    return absl::StrCat(figure.name, " of ", recipe,
                        " is not identified: ", figure.unidentified);
  }
  if (figure.estimate.resamples == 0) {
    return absl::StrCat("there are no resamples of ", recipe);
  }
  return "";
}

EqualTest Test(const Recipes& recipes, const std::vector<std::string>& names) {
  EqualTest result{.figures = absl::StrJoin(names, ", ")};
  std::vector<Eigen::VectorXd> values;
  std::vector<Eigen::MatrixXd> covariances;
  for (const auto& [recipe, report] : recipes) {
    Eigen::VectorXd x(static_cast<Eigen::Index>(names.size()));
    std::vector<std::vector<double>> draws;
    for (size_t k = 0; k < names.size(); ++k) {
      const LawFigure& figure = *Find(report, names[k]);
      result.problem = Problem(recipe, report, figure);
      if (!result.problem.empty()) return result;
      x[static_cast<Eigen::Index>(k)] = figure.estimate.value;
      draws.push_back(figure.draws);
    }
    values.push_back(std::move(x));
    const bool drawn =
        std::none_of(draws.begin(), draws.end(),
                     [](const std::vector<double>& of) { return of.empty(); });
    if (!drawn && names.size() > 1) {
      result.problem = absl::StrCat("the law ", report.law,
                                    " does not say how they scatter together");
      return result;
    }
    const double error = Find(report, names.front())->estimate.standard_error;
    covariances.push_back(drawn
                              ? CovarianceOf(draws)
                              : Eigen::MatrixXd::Constant(1, 1, error * error));
  }
  result.test = TestEqual(values, covariances);
  if (!std::isfinite(result.test.p_value)) {
    result.problem =
        "the resamples of a recipe do not scatter, or not independently";
  }
  return result;
}

}  // namespace

std::vector<EqualTest> TestEqualExponents(const Recipes& recipes) {
  std::vector<EqualTest> tests;
  for (const char* name : {"alpha", "beta", "a", "g"}) {
    if (AllHave(recipes, name)) tests.push_back(Test(recipes, {name}));
  }
  // The others follow from these.
  for (const auto& both : {std::vector<std::string>{"alpha", "beta"},
                           std::vector<std::string>{"a", "g"}}) {
    if (!AllHave(recipes, both[0]) || !AllHave(recipes, both[1])) continue;
    tests.push_back(Test(recipes, both));
    break;
  }
  return tests;
}

}  // namespace isoshape
