#ifndef ISOSHAPE_SEARCH_LISTED_LISTED_ENTRY_H_
#define ISOSHAPE_SEARCH_LISTED_LISTED_ENTRY_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// The entry of listed shapes in the registry; see AlgorithmEntry. What follows
// from the options of the shapes, their ffn_width and whether they agree in
// FLOPs, is filled in and checked by coordinator/planning/listed_shapes.h.
void FillListedDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm);
absl::Status CheckListed(const v1::Campaign& campaign);
int64_t ListedShapes(const v1::Algorithm& algorithm);
std::unique_ptr<SearchAlgorithm> MakeListed(const v1::Algorithm& algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_LISTED_LISTED_ENTRY_H_
