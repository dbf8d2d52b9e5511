#include "search/asha/asha_entry.h"

#include <utility>

#include "common/field_checks.h"
#include "common/status_macros.h"
#include "search/asha/asha.h"
#include "search/rungs/rungs_entry.h"

namespace isoshape {
void FillAshaDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm) {
  v1::AshaAlgorithm filled;
  SetRungDefaults(campaign, &filled);
  filled.set_in_flight(AshaOptions().in_flight);
  filled.MergeFrom(algorithm->asha());
  if (filled.shapes() == 0) {
    filled.set_shapes(DefaultAshaShapes(filled.eta(), campaign.budgets_size()));
  }
  *algorithm->mutable_asha() = std::move(filled);
}

absl::Status CheckAsha(const v1::Campaign& campaign) {
  const v1::AshaAlgorithm& asha = campaign.algorithm().asha();
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("algorithm.asha.shapes", asha.shapes(),
                                        2, kMaxTrialsPerBudget));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.asha.in_flight", asha.in_flight(), 1, 1000));
  return CheckRungs(campaign, "asha", asha);
}

std::unique_ptr<SearchAlgorithm> MakeAsha(const v1::Algorithm& algorithm) {
  const v1::AshaAlgorithm& asha = algorithm.asha();
  return std::make_unique<AshaSearch>(
      AshaOptions{.draw = SpreadOf(asha, asha.shapes()),
                  .eta = asha.eta(),
                  .in_flight = asha.in_flight()});
}

}  // namespace isoshape
