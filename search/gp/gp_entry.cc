#include "search/gp/gp_entry.h"

#include <utility>

#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "search/costs/cost_entry.h"
#include "search/gp/gp.h"
#include "search/spread/spread_entry.h"
#include "search/tolerance.h"

namespace isoshape {

void FillGpDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm) {
  const GpOptions defaults;
  v1::GpAlgorithm filled;
  SetSpreadDefaults(campaign, &filled);
  filled.set_trials_per_budget(defaults.draw.trials_per_budget);
  filled.set_in_flight(defaults.in_flight);
  filled.set_tolerance(defaults.tolerance);
  filled.set_start_trials(defaults.start_trials);
  filled.set_cost(v1::SEARCH_COST_FLOPS);
  filled.MergeFrom(algorithm->gp());
  *algorithm->mutable_gp() = std::move(filled);
}

absl::Status CheckGp(const v1::Campaign& campaign) {
  const v1::GpAlgorithm& gp = campaign.algorithm().gp();
  ISOSHAPE_RETURN_IF_ERROR(CheckTrialsPerBudget("gp", gp));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.gp.in_flight", gp.in_flight(), 1, 1000));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.gp.start_trials", gp.start_trials(), 2, 1000));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckTolerance("algorithm.gp.tolerance", gp.tolerance()));
  ISOSHAPE_RETURN_IF_ERROR(CheckCost("algorithm.gp.cost", gp.cost()));
  return CheckSpread("gp", gp);
}

std::unique_ptr<SearchAlgorithm> MakeGp(const v1::Algorithm& algorithm) {
  const v1::GpAlgorithm& gp = algorithm.gp();
  return std::make_unique<GpSearch>(
      GpOptions{.draw = SpreadOf(gp, gp.trials_per_budget()),
                .in_flight = gp.in_flight(),
                .tolerance = gp.tolerance(),
                .start_trials = gp.start_trials(),
                .cost = CostUnitOf(gp.cost())});
}

absl::StatusOr<Outlook> ExpectOfGp(const v1::Algorithm& algorithm,
                                   const SearchProblem& problem) {
  return OutlookOfEach(problem, Outlook::Kind::kAtMost,
                       algorithm.gp().trials_per_budget());
}

}  // namespace isoshape
