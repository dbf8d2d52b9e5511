#include "coordinator/planning/search_problem.h"

#include "messages/campaign/campaign_space.h"
#include "messages/campaign/tokens_per_step.h"

namespace isoshape {

SearchProblem ProblemOf(const v1::Campaign& campaign) {
  SearchProblem problem;
  problem.space = SpaceOfCampaign(campaign);
  for (const double budget : campaign.budgets()) {
    problem.budgets.push_back(budget);
    problem.tokens_per_step.push_back(TokensPerStepAt(campaign, budget));
  }
  problem.seeds = campaign.seeds();
  problem.target_flops = campaign.target_flops();
  problem.total_flops = campaign.total_flops();
  return problem;
}

}  // namespace isoshape
