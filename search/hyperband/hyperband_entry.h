#ifndef ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_ENTRY_H_
#define ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_ENTRY_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"
#include "search/outlook.h"

namespace isoshape {

// Hyperband as AlgorithmEntry wants it; registry.h.
void FillHyperbandDefaults(const v1::Campaign& campaign,
                           v1::Algorithm* algorithm);
absl::Status CheckHyperband(const v1::Campaign& campaign);
std::unique_ptr<SearchAlgorithm> MakeHyperband(const v1::Algorithm& algorithm);
absl::StatusOr<Outlook> ExpectOfHyperband(const v1::Algorithm& algorithm,
                                          const SearchProblem& problem);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_ENTRY_H_
