#ifndef ISOSHAPE_MESSAGES_CAMPAIGN_TOKENS_PER_STEP_H_
#define ISOSHAPE_MESSAGES_CAMPAIGN_TOKENS_PER_STEP_H_

#include <cstdint>

#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

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

#endif  // ISOSHAPE_MESSAGES_CAMPAIGN_TOKENS_PER_STEP_H_
