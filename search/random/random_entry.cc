#include "search/random/random_entry.h"

#include <utility>

#include "common/status/status_macros.h"
#include "search/random/random.h"
#include "search/spread/spread_entry.h"

namespace isoshape {

void FillRandomDefaults(const v1::Campaign& campaign,
                        v1::Algorithm* algorithm) {
  v1::RandomAlgorithm filled;
  filled.set_trials_per_budget(SpreadOptions().trials_per_budget);
  SetSpreadDefaults(campaign, &filled);
  filled.MergeFrom(algorithm->random());
  *algorithm->mutable_random() = std::move(filled);
}

absl::Status CheckRandom(const v1::Campaign& campaign) {
  const v1::RandomAlgorithm& random = campaign.algorithm().random();
  ISOSHAPE_RETURN_IF_ERROR(CheckTrialsPerBudget("random", random));
  return CheckSpread("random", random);
}

int64_t RandomShapes(const v1::Algorithm& algorithm) {
  return algorithm.random().trials_per_budget();
}

std::unique_ptr<SearchAlgorithm> MakeRandom(const v1::Algorithm& algorithm) {
  const v1::RandomAlgorithm& random = algorithm.random();
  return std::make_unique<RandomSearch>(
      SpreadOf(random, random.trials_per_budget()));
}

}  // namespace isoshape
