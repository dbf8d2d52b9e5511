#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_SPACE_BOUNDS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_SPACE_BOUNDS_H_

#include <string>
#include <vector>

#include "isoshape/v1/campaign.pb.h"
#include "scaling/runs/runs.h"
#include "scaling/runs/size_remedy.h"

namespace isoshape {

// Which sizes the campaign's space keeps from being run: what every fit and
// prediction of its runs words its remedies by. Any can if its shapes are named
// one by one, since no bound keeps others out.
SizeBounds SpaceBounds(const v1::Campaign& campaign);

// A warning for each budget whose least loss is at an end of the sizes tried,
// or near it, if the campaign's space has no size beyond that end: fits would
// ask for such sizes, and only another space can give them. `runs` are those of
// the campaign.
std::vector<std::string> SpaceWarnings(const v1::Campaign& campaign,
                                       const Runs& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_SPACE_BOUNDS_H_
