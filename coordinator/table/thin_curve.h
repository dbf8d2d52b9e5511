#ifndef ISOSHAPE_COORDINATOR_TABLE_THIN_CURVE_H_
#define ISOSHAPE_COORDINATOR_TABLE_THIN_CURVE_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"

namespace isoshape {

// The indices of at most `most` (at least 4) points of a curve that look like
// all of them: the first, the last, and of each stretch between them the points
// of the least and the largest loss, so that a spike is never lost. A stretch
// with a loss that is not finite keeps one such point as well, for the gap that
// it is. Ascending; all of them if they are no more than `most`.
std::vector<size_t> ThinCurve(absl::Span<const double> losses, size_t most);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_TABLE_THIN_CURVE_H_
