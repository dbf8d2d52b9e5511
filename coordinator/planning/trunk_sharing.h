#ifndef ISOSHAPE_COORDINATOR_PLANNING_TRUNK_SHARING_H_
#define ISOSHAPE_COORDINATOR_PLANNING_TRUNK_SHARING_H_

#include <vector>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Whether a shape that several budgets want is trained once.
bool SharesTrunks(const v1::Campaign& campaign);

// The campaign's recipe for a trial at that budget. If trunks are shared,
// the warmup is the same number of steps at every budget: warmup_fraction of
// those at the smallest. So a trunk is the beginning of the shorter run, and
// every shape of a budget has the same share of warmup.
v1::Recipe RecipeAt(const v1::Campaign& campaign, double budget_flops);

// `trials`, with their figures, in which those of one shape and seed at several
// budgets are one trial: at the largest budget, with a branch at each other
// one. A branch that would end with another or begin within the warmup stays a
// trial of its own. In ascending budget, and in the order given within one.
std::vector<v1::Trial> ShareTrunks(const v1::Campaign& campaign,
                                   std::vector<v1::Trial> trials);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_TRUNK_SHARING_H_
