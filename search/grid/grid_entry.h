#ifndef ISOSHAPE_SEARCH_GRID_GRID_ENTRY_H_
#define ISOSHAPE_SEARCH_GRID_GRID_ENTRY_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// The entry of the grid in the registry; see AlgorithmEntry.
void FillGridDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckGrid(const v1::Campaign& campaign);
int64_t GridShapes(const v1::Algorithm& algorithm);
std::unique_ptr<SearchAlgorithm> MakeGrid(const v1::Algorithm& algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GRID_GRID_ENTRY_H_
