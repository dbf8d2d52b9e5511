#ifndef ISOSHAPE_SEARCH_ASHA_ASHA_ENTRY_H_
#define ISOSHAPE_SEARCH_ASHA_ASHA_ENTRY_H_

#include <memory>

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// Asynchronous successive halving as AlgorithmEntry wants it; registry.h.
void FillAshaDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckAsha(const v1::Campaign& campaign);
std::unique_ptr<SearchAlgorithm> MakeAsha(const v1::Algorithm& algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_ASHA_ASHA_ENTRY_H_
