#include "messages/trial/trial_contract.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/text/counted.h"

namespace isoshape {
namespace {

// Relative departure of parameters that is still the same model.
constexpr double kParameterTolerance = 0.02;

std::string CountProblem(int64_t said, int64_t wanted, absl::string_view noun) {
  if (wanted == 0 || said == wanted) return "";
  return absl::StrCat("it says ", Counted(said, noun), ", and the trial has ",
                      wanted, ": it must train exactly as many");
}

}  // namespace

std::string ParametersProblem(int64_t said, const v1::Trial& trial) {
  const auto wanted = static_cast<double>(trial.parameters());
  if (trial.parameters() == 0 || std::abs(static_cast<double>(said) - wanted) <=
                                     kParameterTolerance * wanted) {
    return "";
  }
  return absl::StrCat("it says that its model has ", said,
                      " parameters, and the trial's shape has ",
                      trial.parameters(),
                      ": it must train the shape that it was given");
}

std::string StepsProblem(int64_t said, const v1::Trial& trial) {
  return CountProblem(said, trial.steps(), "step");
}

std::string CardProblem(const v1::ShapeCard& card, const v1::Trial& trial) {
  std::string problem;
  if (card.has_parameters()) {
    problem = ParametersProblem(card.parameters(), trial);
  }
  if (problem.empty() && card.has_steps()) {
    problem = StepsProblem(card.steps(), trial);
  }
  if (problem.empty() && card.has_tokens()) {
    problem = CountProblem(card.tokens(), trial.tokens(), "token");
  }
  return problem;
}

}  // namespace isoshape
