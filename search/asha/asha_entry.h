#ifndef ISOSHAPE_SEARCH_ASHA_ASHA_ENTRY_H_
#define ISOSHAPE_SEARCH_ASHA_ASHA_ENTRY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"
#include "search/outlook.h"

namespace isoshape {

// Asynchronous successive halving as AlgorithmEntry wants it; registry.h.
void FillAshaDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckAsha(const v1::Campaign& campaign);
std::unique_ptr<SearchAlgorithm> MakeAsha(const v1::Algorithm& algorithm);
absl::StatusOr<Outlook> ExpectOfAsha(const v1::Algorithm& algorithm,
                                     const SearchProblem& problem);
absl::StatusOr<std::string> ExtendAsha(const v1::Campaign& was,
                                       v1::Campaign* campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_ASHA_ASHA_ENTRY_H_
