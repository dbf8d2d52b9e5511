#ifndef ISOSHAPE_COORDINATOR_PLANNING_TRUNK_SHARING_H_
#define ISOSHAPE_COORDINATOR_PLANNING_TRUNK_SHARING_H_

#include <vector>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// `trials`, with their figures, in which those of one shape and seed at several
// budgets are one trial: at the largest budget, with a branch at each other
// one. A branch that would end with another or begin within the warmup stays a
// trial of its own. In ascending budget, and in the order given within one.
std::vector<v1::Trial> ShareTrunks(const v1::Campaign& campaign,
                                   std::vector<v1::Trial> trials);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_TRUNK_SHARING_H_
