#ifndef ISOSHAPE_COORDINATOR_PLANNING_SMALL_BUDGETS_H_
#define ISOSHAPE_COORDINATOR_PLANNING_SMALL_BUDGETS_H_

#include <string>

#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// `budget 1e10: the best size, about …, may be below the smallest shape of the
// space, …`: names the smallest budget at which a campaign that searches for
// the best size may find none, since the smallest shape of its space is not far
// below the size that is best as far as anybody knows before a run (PriorSize):
// an isoFLOP curve needs sizes on both sides. Empty if there is none.
// `campaign` has its defaults.
std::string SmallBudgetsText(const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_SMALL_BUDGETS_H_
