#ifndef ISOSHAPE_CLAIMS_PLACE_NAME_H_
#define ISOSHAPE_CLAIMS_PLACE_NAME_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "claims/cells.h"

namespace isoshape {

// Cells that differ in one dimension alone.
using Group = std::vector<const ClaimCell*>;

// Whether a name of a step is a place along a scale: `smallest`, `largest`, or
// those next to them, `next-smallest` and `next-largest`.
bool IsPlaceAlong(const std::string& name);

// The cell of a group, which differs in `over`, that a name says: its own name,
// or a place along `along`. None if the group has no such cell.
const ClaimCell* CellNamed(const Group& group, const std::string& over,
                           const std::string& along, const std::string& name);

// A name that a step gives must be somewhere in the cells, or it is misspelt:
// INVALID_ARGUMENT with those that there are.
absl::Status CheckPlaceName(const std::vector<ClaimCell>& cells,
                            const std::string& over, const std::string& along,
                            const std::string& name);

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_PLACE_NAME_H_
