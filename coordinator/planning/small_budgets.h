#ifndef ISOSHAPE_COORDINATOR_PLANNING_SMALL_BUDGETS_H_
#define ISOSHAPE_COORDINATOR_PLANNING_SMALL_BUDGETS_H_

#include <string>
#include <vector>

#include "isoshape/v1/campaign.pb.h"
#include "search/interface.h"

namespace isoshape {

// `budget 1e10 may be too small for this space: …`: names the smallest budget
// at which a campaign that searches for the best size may find none, since the
// smallest shape of its space is not far below the size that is best as far as
// anybody knows before a run (PriorSize): an isoFLOP curve needs sizes on both
// sides. Budgets at which `trials` have a loss of a size below the best one's
// are not among them. Empty if there is none. `campaign` has its defaults.
std::string SmallBudgetsText(const v1::Campaign& campaign,
                             const std::vector<PastTrial>& trials = {});

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_SMALL_BUDGETS_H_
