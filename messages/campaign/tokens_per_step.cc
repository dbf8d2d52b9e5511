#include "messages/campaign/tokens_per_step.h"

#include <algorithm>
#include <cmath>

namespace isoshape {

double ExactTokensPerStep(const v1::Campaign& campaign, double budget_flops) {
  const v1::Recipe& recipe = campaign.recipe();
  const auto tokens = static_cast<double>(recipe.tokens_per_step());
  if (campaign.budgets().empty()) return tokens;
  return tokens *
         std::pow(budget_flops / campaign.budgets(0), recipe.batch_exponent());
}

int64_t TokensPerStepAt(const v1::Campaign& campaign, double budget_flops) {
  const int64_t context =
      std::max<int64_t>(1, campaign.space().base().context());
  const double sequences =
      std::round(ExactTokensPerStep(campaign, budget_flops) /
                 static_cast<double>(context));
  return context * std::max<int64_t>(1, static_cast<int64_t>(sequences));
}

}  // namespace isoshape
