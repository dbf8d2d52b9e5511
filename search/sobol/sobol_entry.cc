#include "search/sobol/sobol_entry.h"

#include <utility>

#include "common/status/status_macros.h"
#include "search/sobol/sobol.h"
#include "search/spread/spread_entry.h"

namespace isoshape {

void FillSobolDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm) {
  v1::SobolAlgorithm filled;
  filled.set_trials_per_budget(SpreadOptions().trials_per_budget);
  SetSpreadDefaults(campaign, &filled);
  filled.MergeFrom(algorithm->sobol());
  *algorithm->mutable_sobol() = std::move(filled);
}

absl::Status CheckSobol(const v1::Campaign& campaign) {
  const v1::SobolAlgorithm& sobol = campaign.algorithm().sobol();
  ISOSHAPE_RETURN_IF_ERROR(CheckTrialsPerBudget("sobol", sobol));
  return CheckSpread("sobol", sobol);
}

int64_t SobolShapes(const v1::Algorithm& algorithm) {
  return algorithm.sobol().trials_per_budget();
}

std::unique_ptr<SearchAlgorithm> MakeSobol(const v1::Algorithm& algorithm) {
  const v1::SobolAlgorithm& sobol = algorithm.sobol();
  return std::make_unique<SobolSearch>(
      SpreadOf(sobol, sobol.trials_per_budget()));
}

}  // namespace isoshape
