#include "worker/lease_contract.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace isoshape {
namespace {

// Relative departure of parameters that is still the same model.
constexpr double kParameterTolerance = 0.02;

// `what`: of the number, for the message.
std::string ParameterProblem(int64_t said, const v1::Trial& trial) {
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

std::string CountProblem(int64_t said, int64_t wanted, absl::string_view what) {
  if (wanted == 0 || said == wanted) return "";
  return absl::StrCat("it says ", said, " ", what, ", and the trial has ",
                      wanted, ": it must train exactly as many");
}

}  // namespace

std::string ContradictionOf(const TrainerLine& line, const v1::Trial& trial) {
  std::string problem;
  const auto note = [&problem](std::string other) {
    if (problem.empty()) problem = std::move(other);
  };
  if (line.type == TrainerLine::Type::kStarted) {
    if (line.parameters) note(ParameterProblem(*line.parameters, trial));
    if (line.steps) note(CountProblem(*line.steps, trial.steps(), "steps"));
  } else if (line.type == TrainerLine::Type::kResult &&
             line.outcome == Outcome::kSucceeded && line.shape_card) {
    const v1::ShapeCard& card = *line.shape_card;
    if (card.has_parameters()) note(ParameterProblem(card.parameters(), trial));
    if (card.has_steps()) {
      note(CountProblem(card.steps(), trial.steps(), "steps"));
    }
    if (card.has_tokens()) {
      note(CountProblem(card.tokens(), trial.tokens(), "tokens"));
    }
  }
  return problem;
}

void FillIn(const v1::Trial& trial, std::optional<absl::Duration> elapsed,
            v1::Measurement* point) {
  if (point->tokens() == 0) {
    point->set_tokens(point->step() * trial.tokens_per_step());
  }
  if (point->flops() == 0) {
    point->set_flops(static_cast<double>(point->tokens()) *
                     trial.flops_per_token());
  }
  if (!point->has_elapsed_seconds() && elapsed.has_value()) {
    point->set_elapsed_seconds(absl::ToDoubleSeconds(*elapsed));
  }
}

void FillIn(const v1::Trial& trial, std::optional<absl::Duration> elapsed,
            const TrainerLine& ready, v1::ShapeCard* card) {
  if (!card->has_parameters()) card->set_parameters(trial.parameters());
  if (!card->has_flops_per_token()) {
    card->set_flops_per_token(trial.flops_per_token());
  }
  if (!card->has_steps()) card->set_steps(trial.steps());
  if (!card->has_tokens()) card->set_tokens(trial.tokens());
  if (!card->has_flops()) {
    card->set_flops(static_cast<double>(card->tokens()) *
                    card->flops_per_token());
  }
  if (!card->has_wall_seconds() && elapsed.has_value()) {
    card->set_wall_seconds(absl::ToDoubleSeconds(*elapsed));
  }
  if (card->device().empty()) card->set_device(ready.device);
  if (card->device_name().empty()) card->set_device_name(ready.device_name);
  if (card->trainer().empty()) card->set_trainer(ready.trainer);
}

}  // namespace isoshape
