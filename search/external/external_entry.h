#ifndef ISOSHAPE_SEARCH_EXTERNAL_EXTERNAL_ENTRY_H_
#define ISOSHAPE_SEARCH_EXTERNAL_EXTERNAL_ENTRY_H_

#include <memory>

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// The entry of external searches in the registry; see AlgorithmEntry.
void FillExternalDefaults(const v1::Campaign& campaign,
                          v1::Algorithm* algorithm);
absl::Status CheckExternal(const v1::Campaign& campaign);
std::unique_ptr<SearchAlgorithm> MakeExternal(const v1::Algorithm& algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_EXTERNAL_EXTERNAL_ENTRY_H_
