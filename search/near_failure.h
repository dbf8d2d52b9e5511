#ifndef ISOSHAPE_SEARCH_NEAR_FAILURE_H_
#define ISOSHAPE_SEARCH_NEAR_FAILURE_H_

#include <vector>

#include "scaling/surface/surface.h"

namespace isoshape {

// So many failures without one loss are not the shapes' fault: a search that
// proposes a few at a time ends there.
inline constexpr int kHopelessFailures = 10;
inline constexpr char kHopelessText[] =
    "nothing trains; mend that, and retry the trials";
inline bool IsHopeless(int losses, int failures) {
  return losses == 0 && failures >= kHopelessFailures;
}

// Returns true if failures near a place speak against a run there: a run of
// that aspect ratio, as large or somewhat smaller, at that compute or less,
// failed or diverged.
bool NearFailure(const SurfacePoint& place,
                 const std::vector<SurfacePoint>& failures);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_NEAR_FAILURE_H_
