#include "worker/trainer/lease_contract.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"
#include "messages/checks/number_limits.h"
#include "messages/names/resource_name.h"
#include "messages/trial/trial_contract.h"

namespace isoshape {

std::string LeaseProblem(const v1::Lease& lease, const std::string& worker) {
  const absl::StatusOr<TrialName> trial = ParseTrialName(lease.trial().name());
  if (!trial.ok()) {
    return absl::StrCat("its trial's ", trial.status().message());
  }
  if (!lease.replica_of().empty()) {
    const absl::StatusOr<TrialName> first = ParseTrialName(lease.replica_of());
    if (!first.ok()) {
      return absl::StrCat("its replica_of: ", first.status().message());
    }
  }
  if (lease.trial().worker() != worker) {
    return absl::StrCat("it is of '", OneLine(lease.trial().worker(), 200),
                        "', and this is ", worker);
  }
  if (lease.fencing_token() < 1) {
    return absl::StrCat("its fencing token is ", lease.fencing_token());
  }
  return "";
}

std::string ContradictionOf(const TrainerLine& line, const v1::Trial& trial) {
  std::string problem;
  if (line.type == TrainerLine::Type::kStarted) {
    if (line.parameters) problem = ParametersProblem(*line.parameters, trial);
    if (problem.empty() && line.steps) {
      problem = StepsProblem(*line.steps, trial);
    }
  } else if (line.type == TrainerLine::Type::kResult &&
             line.outcome == Outcome::kSucceeded && line.shape_card) {
    problem = CardProblem(*line.shape_card, trial);
  }
  return problem;
}

std::string PointProblem(const v1::Measurement& point, const v1::Trial& trial) {
  if (point.step() < 0 || point.step() > trial.steps()) {
    return absl::StrCat("its step ", point.step(), " is outside of 0 .. ",
                        trial.steps(), ", the steps of the trial");
  }
  return std::string(CheckNumbers("", point).message());
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
