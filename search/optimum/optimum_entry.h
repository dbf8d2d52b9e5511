#ifndef ISOSHAPE_SEARCH_OPTIMUM_OPTIMUM_ENTRY_H_
#define ISOSHAPE_SEARCH_OPTIMUM_OPTIMUM_ENTRY_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// Campaigns that an optimum may begin from.
inline constexpr int kMaxPriors = 10;

// Optimum as AlgorithmEntry wants it; registry.h.
void FillOptimumDefaults(const v1::Campaign& campaign,
                         v1::Algorithm* algorithm);
absl::Status CheckOptimum(const v1::Campaign& campaign);
std::unique_ptr<SearchAlgorithm> MakeOptimum(const v1::Algorithm& algorithm);

// The budgets from min_budget to max_budget, four to a factor of ten; none if
// the two are not set or contradict each other.
std::vector<double> OptimumBudgets(const v1::Algorithm& algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_OPTIMUM_ENTRY_H_
