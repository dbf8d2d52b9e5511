#ifndef ISOSHAPE_TESTS_COORDINATOR_SMALL_CAMPAIGN_H_
#define ISOSHAPE_TESTS_COORDINATOR_SMALL_CAMPAIGN_H_

#include <cmath>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// A campaign of two budgets and three sizes each: the first plan has three
// trials.
inline v1::Campaign SmallCampaign() {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.add_budgets(7.5e11);
  campaign.mutable_algorithm()->mutable_grid()->set_sizes(3);
  campaign.mutable_algorithm()->mutable_grid()->set_aspect_ratios(1);
  campaign.mutable_space()->set_max_depth(8);
  campaign.mutable_space()->set_max_width(256);
  return campaign;
}

// A loss, nats per token, that is least at size 4e4 and falls with the budget.
inline double LossOf(const v1::Trial& trial) {
  const double x = std::log(trial.flops_per_token() / 6 / 4e4);
  return 1 + std::pow(trial.budget_flops(), -0.05) + 0.05 * x * x;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SMALL_CAMPAIGN_H_
