#ifndef ISOSHAPE_SEARCH_GP_GP_ENTRY_H_
#define ISOSHAPE_SEARCH_GP_GP_ENTRY_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"
#include "search/outlook.h"

namespace isoshape {

// The Gaussian process as AlgorithmEntry wants it; registry.h.
void FillGpDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckGp(const v1::Campaign& campaign);
std::unique_ptr<SearchAlgorithm> MakeGp(const v1::Algorithm& algorithm);
// It stops before trials_per_budget if it expects no more of a budget.
absl::StatusOr<Outlook> ExpectOfGp(const v1::Algorithm& algorithm,
                                   const SearchProblem& problem);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GP_GP_ENTRY_H_
