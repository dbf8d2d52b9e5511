#ifndef ISOSHAPE_SEARCH_GRID_GRID_ENTRY_H_
#define ISOSHAPE_SEARCH_GRID_GRID_ENTRY_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"
#include "search/outlook.h"

namespace isoshape {

// The entry of the grid in the registry; see AlgorithmEntry.
void FillGridDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckGrid(const v1::Campaign& campaign);
int64_t GridShapes(const v1::Algorithm& algorithm);
std::unique_ptr<SearchAlgorithm> MakeGrid(const v1::Algorithm& algorithm);
// There are more if the best size of a budget is at the edge of its sizes.
absl::StatusOr<Outlook> ExpectOfGrid(const v1::Algorithm& algorithm,
                                     const SearchProblem& problem);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GRID_GRID_ENTRY_H_
