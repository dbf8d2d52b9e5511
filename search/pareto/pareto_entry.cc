#include "search/pareto/pareto_entry.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "search/pareto/pareto.h"
#include "search/spread/spread_entry.h"
#include "search/tolerance.h"

namespace isoshape {
namespace {

CostOfShape CostOf(int cost) {
  switch (cost) {
    case v1::SHAPE_COST_PEAK_MEMORY_BYTES:
      return CostOfShape::kPeakMemoryBytes;
    case v1::SHAPE_COST_PARAMETERS:
      return CostOfShape::kParameters;
    case v1::SHAPE_COST_STEP_SECONDS:
      return CostOfShape::kStepSeconds;
    default:
      return CostOfShape::kDecodeSeconds;
  }
}

absl::Status CheckObjectives(const v1::ParetoAlgorithm& pareto) {
  constexpr int kMaxObjectives = 2;
  constexpr char kChoices[] =
      "SHAPE_COST_DECODE_SECONDS, SHAPE_COST_PEAK_MEMORY_BYTES, "
      "SHAPE_COST_PARAMETERS or SHAPE_COST_STEP_SECONDS";
  const auto& objectives = pareto.objectives();
  if (objectives.size() > kMaxObjectives) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "algorithm.pareto.objectives has %d costs; give one or two of %s",
        objectives.size(), kChoices));
  }
  for (int i = 0; i < objectives.size(); ++i) {
    if (!v1::ShapeCost_IsValid(objectives[i]) ||
        objectives[i] == v1::SHAPE_COST_UNSPECIFIED) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "algorithm.pareto.objectives[%d] %d is no cost; give %s", i,
          objectives[i], kChoices));
    }
  }
  if (objectives.size() > 1 && objectives[0] == objectives[1]) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "algorithm.pareto.objectives has %s twice; give it once",
        v1::ShapeCost_Name(static_cast<v1::ShapeCost>(objectives[0]))));
  }
  return absl::OkStatus();
}

}  // namespace

void FillParetoDefaults(const v1::Campaign& campaign,
                        v1::Algorithm* algorithm) {
  const ParetoOptions defaults;
  v1::ParetoAlgorithm filled;
  SetSpreadDefaults(campaign, &filled);
  filled.set_trials_per_budget(defaults.draw.trials_per_budget);
  filled.set_in_flight(defaults.in_flight);
  filled.set_tolerance(defaults.tolerance);
  filled.set_start_trials(defaults.start_trials);
  if (algorithm->pareto().objectives().empty()) {
    filled.add_objectives(v1::SHAPE_COST_DECODE_SECONDS);
  }
  filled.MergeFrom(algorithm->pareto());
  *algorithm->mutable_pareto() = std::move(filled);
}

absl::Status CheckPareto(const v1::Campaign& campaign) {
  const v1::ParetoAlgorithm& pareto = campaign.algorithm().pareto();
  ISOSHAPE_RETURN_IF_ERROR(CheckObjectives(pareto));
  ISOSHAPE_RETURN_IF_ERROR(CheckTrialsPerBudget("pareto", pareto));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.pareto.in_flight", pareto.in_flight(), 1, 1000));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("algorithm.pareto.start_trials",
                                        pareto.start_trials(), 2, 1000));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckTolerance("algorithm.pareto.tolerance", pareto.tolerance()));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("algorithm.pareto.max_parameters",
                                        pareto.max_parameters(), 0, INT64_MAX));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.pareto.max_peak_memory_bytes",
                   pareto.max_peak_memory_bytes(), 0, INT64_MAX));
  ISOSHAPE_RETURN_IF_ERROR(CheckNotNegative(
      "algorithm.pareto.max_decode_seconds", pareto.max_decode_seconds()));
  return CheckSpread("pareto", pareto);
}

std::unique_ptr<SearchAlgorithm> MakePareto(const v1::Algorithm& algorithm) {
  const v1::ParetoAlgorithm& pareto = algorithm.pareto();
  ParetoOptions options = {.objectives = {},
                           .draw = SpreadOf(pareto, pareto.trials_per_budget()),
                           .in_flight = pareto.in_flight(),
                           .tolerance = pareto.tolerance(),
                           .start_trials = pareto.start_trials(),
                           .max_parameters = pareto.max_parameters(),
                           .max_peak_memory_bytes = static_cast<double>(
                               pareto.max_peak_memory_bytes()),
                           .max_decode_seconds = pareto.max_decode_seconds()};
  for (const int cost : pareto.objectives()) {
    options.objectives.push_back(CostOf(cost));
  }
  return std::make_unique<ParetoSearch>(std::move(options));
}

absl::StatusOr<Outlook> ExpectOfPareto(const v1::Algorithm& algorithm,
                                       const SearchProblem& problem) {
  return OutlookOfEach(problem, Outlook::Kind::kAtMost,
                       algorithm.pareto().trials_per_budget());
}

}  // namespace isoshape
