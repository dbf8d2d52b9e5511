#ifndef ISOSHAPE_SEARCH_NEAR_FAILURE_H_
#define ISOSHAPE_SEARCH_NEAR_FAILURE_H_

#include <vector>

#include "scaling/surface/surface.h"

namespace isoshape {

// Returns true if failures near a place speak against a run there: a run of
// that aspect ratio, as large or somewhat smaller, at that compute or less,
// failed or diverged.
bool NearFailure(const SurfacePoint& place,
                 const std::vector<SurfacePoint>& failures);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_NEAR_FAILURE_H_
