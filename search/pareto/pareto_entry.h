#ifndef ISOSHAPE_SEARCH_PARETO_PARETO_ENTRY_H_
#define ISOSHAPE_SEARCH_PARETO_PARETO_ENTRY_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"
#include "search/outlook.h"

namespace isoshape {

// Pareto as AlgorithmEntry wants it; registry.h.
void FillParetoDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckPareto(const v1::Campaign& campaign);
std::unique_ptr<SearchAlgorithm> MakePareto(const v1::Algorithm& algorithm);
// It stops before trials_per_budget where it expects no more of a budget.
absl::StatusOr<Outlook> ExpectOfPareto(const v1::Algorithm& algorithm,
                                       const SearchProblem& problem);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_PARETO_PARETO_ENTRY_H_
