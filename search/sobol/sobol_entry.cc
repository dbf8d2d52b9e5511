#include "search/sobol/sobol_entry.h"

#include <cstdint>
#include <utility>

#include "common/field_checks.h"
#include "common/status_macros.h"
#include "scaling/laws/weak_prior.h"
#include "search/sobol/sobol.h"

namespace isoshape {

void FillSobolDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm) {
  const SobolOptions defaults;
  v1::SobolAlgorithm filled;
  filled.set_trials_per_budget(defaults.trials_per_budget);
  filled.set_center_aspect_ratio(defaults.center_aspect_ratio);
  filled.set_aspect_ratio_range(defaults.aspect_ratio_range);
  filled.set_size_range(defaults.size_range);
  if (campaign.budgets_size() > 0 && campaign.budgets(0) > 0) {
    filled.set_center_size(PriorSize(campaign.budgets(0)));
  }
  filled.MergeFrom(algorithm->sobol());
  *algorithm->mutable_sobol() = std::move(filled);
}

absl::Status CheckSobol(const v1::Campaign& campaign) {
  const v1::SobolAlgorithm& sobol = campaign.algorithm().sobol();
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("algorithm.sobol.trials_per_budget",
                                        sobol.trials_per_budget(), 1, 10000));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.sobol.seed", sobol.seed(), 0, INT64_MAX));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("algorithm.sobol.center_aspect_ratio",
                                         sobol.center_aspect_ratio()));
  ISOSHAPE_RETURN_IF_ERROR(CheckAboveOne("algorithm.sobol.aspect_ratio_range",
                                         sobol.aspect_ratio_range()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckAboveOne("algorithm.sobol.size_range", sobol.size_range()));
  return CheckPositive("algorithm.sobol.center_size", sobol.center_size());
}

int64_t SobolShapes(const v1::Algorithm& algorithm) {
  return algorithm.sobol().trials_per_budget();
}

std::unique_ptr<SearchAlgorithm> MakeSobol(const v1::Algorithm& algorithm) {
  const v1::SobolAlgorithm& sobol = algorithm.sobol();
  return std::make_unique<SobolSearch>(
      SobolOptions{.trials_per_budget = sobol.trials_per_budget(),
                   .seed = static_cast<uint64_t>(sobol.seed()),
                   .center_aspect_ratio = sobol.center_aspect_ratio(),
                   .aspect_ratio_range = sobol.aspect_ratio_range(),
                   .size_range = sobol.size_range(),
                   .center_size = sobol.center_size()});
}

}  // namespace isoshape
