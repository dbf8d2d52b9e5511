#ifndef ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_RECIPE_H_
#define ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_RECIPE_H_

#include <cstdint>

#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// Fills every field that is not set with the default that campaign.proto
// states, for sequences of `context` tokens. A value that is out of range stays
// as it is.
void FillRecipeDefaults(int64_t context, v1::Recipe* recipe);

// Whether a shape that several budgets want is trained once.
bool SharesTrunks(const v1::Campaign& campaign);

// The campaign's recipe for a trial at that budget. If trunks are shared,
// the warmup is the same number of steps at every budget: warmup_fraction of
// those at the smallest. So a trunk is the beginning of the shorter run, and
// every shape of a budget has the same share of warmup.
v1::Recipe RecipeAt(const v1::Campaign& campaign, double budget_flops);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_CAMPAIGN_CAMPAIGN_RECIPE_H_
