#ifndef ISOSHAPE_SEARCH_RANDOM_RANDOM_ENTRY_H_
#define ISOSHAPE_SEARCH_RANDOM_RANDOM_ENTRY_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// The entry of random points in the registry; see AlgorithmEntry.
void FillRandomDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckRandom(const v1::Campaign& campaign);
int64_t RandomShapes(const v1::Algorithm& algorithm);
std::unique_ptr<SearchAlgorithm> MakeRandom(const v1::Algorithm& algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_RANDOM_RANDOM_ENTRY_H_
