#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_SPACE_WARNINGS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_SPACE_WARNINGS_H_

#include <string>
#include <vector>

#include "isoshape/v1/campaign.pb.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// A warning for each budget whose least loss is at an end of the sizes tried,
// or near it, if the campaign's space has no size beyond that end: fits ask for
// such sizes, and only another space can give them. `runs` are those of the
// campaign.
std::vector<std::string> SpaceWarnings(const v1::Campaign& campaign,
                                       const Runs& runs);

// Takes the remedy of sizes beyond those tried (`; run smaller sizes`) from
// what a fit says of a budget that SpaceWarnings, which are among
// `of_campaign`, have another for: the space has no such sizes.
void LeaveRemedyToSpace(const std::vector<std::string>& of_campaign,
                        std::vector<std::string>& of_fit);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_SPACE_WARNINGS_H_
