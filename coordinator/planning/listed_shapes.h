#ifndef ISOSHAPE_COORDINATOR_PLANNING_LISTED_SHAPES_H_
#define ISOSHAPE_COORDINATOR_PLANNING_LISTED_SHAPES_H_

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// The list of ListedAlgorithm, as far as it follows from the options that the
// campaign's shapes share. Both leave other algorithms alone and expect the
// space to be filled in.

// Fills in heads, kv_heads and ffn_width of the shapes, and adds those of
// ListedAlgorithm.depths that there are.
void FillListedShapes(v1::Campaign* campaign);

// INVALID_ARGUMENT if a shape is none, sets an option, or does not agree with
// the others in what ListedAlgorithm.equal says; or if one of `depths` has no
// shape that does.
absl::Status CheckListedShapes(const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_LISTED_SHAPES_H_
