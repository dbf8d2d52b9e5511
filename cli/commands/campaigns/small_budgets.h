#ifndef ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_SMALL_BUDGETS_H_
#define ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_SMALL_BUDGETS_H_

#include <string>
#include <vector>

#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// A line for each budget at which a campaign that searches for the best size
// may find none, since the smallest shape of its space is not far below the
// size that is best as far as anybody knows before a run (PriorSize): an
// isoFLOP curve needs sizes on both sides. `campaign` has its defaults.
std::vector<std::string> SmallBudgets(const v1::Campaign& campaign);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_SMALL_BUDGETS_H_
