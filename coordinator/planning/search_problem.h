#ifndef ISOSHAPE_COORDINATOR_PLANNING_SEARCH_PROBLEM_H_
#define ISOSHAPE_COORDINATOR_PLANNING_SEARCH_PROBLEM_H_

#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// What a campaign asks its search, of one that is filled in.
SearchProblem ProblemOf(const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_SEARCH_PROBLEM_H_
