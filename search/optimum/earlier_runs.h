#ifndef ISOSHAPE_SEARCH_OPTIMUM_EARLIER_RUNS_H_
#define ISOSHAPE_SEARCH_OPTIMUM_EARLIER_RUNS_H_

#include <optional>
#include <string>
#include <vector>

#include "scaling/surface/surface_evidence.h"
#include "scaling/surface/surface_fit.h"
#include "search/interface.h"

namespace isoshape {

// What the results of earlier campaigns tell of the surface in that frame, each
// as if it had `inflation` times its variance: a surface is fitted to each
// campaign, and its levels are integrated out (scaling/surface/
// surface_evidence.h), so that losses of one campaign are compared with each
// other alone. Without ratios those of the runs are left out. None if there are
// no runs. Follows from the runs, whatever their order; shared by
// scaling/statistics/shared_fits.h, since it is the same at each proposal.
std::optional<SurfaceEvidence> EvidenceOfEarlier(
    const SurfaceFrame& frame, const std::vector<PriorRun>& runs,
    double inflation, bool with_ratios);

// `; begins from 34 results of 2 earlier campaigns, each with 16 times the
// variance of one of its own`, of the note of a search; empty without any.
std::string EarlierText(const std::vector<PriorRun>& runs, double inflation);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_EARLIER_RUNS_H_
