#ifndef ISOSHAPE_MESSAGES_CAMPAIGN_SPACE_H_
#define ISOSHAPE_MESSAGES_CAMPAIGN_SPACE_H_

#include <cstdint>

#include "isoshape/v1/campaign.pb.h"
#include "shape/search_space.h"

namespace isoshape {

// The bounds of a stored campaign (defaults filled in), narrowed by the limits
// of a request; 0: no limit.
SearchSpace SpaceOfCampaign(const v1::Campaign& campaign,
                            int64_t max_parameters = 0,
                            int64_t max_memory_bytes = 0);

// The compute that is predicted for where none is named, as a multiple of the
// largest budget.
inline constexpr double kDefaultReach = 3;

// That of a campaign, FLOPs; 0 if it has no budgets yet.
double DefaultTarget(const v1::Campaign& campaign);

// A trial's tokens are counted in 63 bits; this leaves room to spare.
inline constexpr double kMaxTokens = 4e18;
// Tokens of a step, of which a trial has at least one.
inline constexpr double kMaxTokensPerStep = 1e12;

// Tokens of one step at a budget by the campaign's batch rule: recipe's
// tokens_per_step x (budget / smallest budget)^batch_exponent.
double ExactTokensPerStep(const v1::Campaign& campaign, double budget_flops);

// ExactTokensPerStep rounded to whole sequences, at least one. The exact number
// must be at most kMaxTokensPerStep.
int64_t TokensPerStepAt(const v1::Campaign& campaign, double budget_flops);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CAMPAIGN_SPACE_H_
