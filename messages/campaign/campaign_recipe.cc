#include "messages/campaign/campaign_recipe.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "shape/default_step.h"

namespace isoshape {

void FillRecipeDefaults(int64_t context, v1::Recipe* recipe) {
  v1::Recipe filled;
  filled.set_parameterization(v1::Recipe::COMPLETEP);
  filled.set_precision(v1::Recipe::FP32);
  filled.set_base_width(64);
  filled.set_base_depth(2);
  filled.set_learning_rate(0.005);
  filled.set_weight_decay(0.1);
  filled.set_beta1(0.9);
  filled.set_beta2(0.95);
  filled.set_epsilon(1e-8);
  filled.set_gradient_clip(1);
  filled.set_warmup_fraction(0.05);
  filled.set_cooldown_fraction(0.2);
  filled.set_schedule(v1::Recipe::WSD);
  filled.set_optimizer(v1::Recipe::ADAMW);
  filled.set_muon_learning_rate(0.02);
  filled.set_muon_momentum(0.95);
  filled.set_mask_fraction(0.15);
  filled.set_input_multiplier(1);
  filled.set_output_multiplier(1);
  filled.MergeFrom(*recipe);
  if (filled.init_std() == 0 && filled.base_width() > 0) {
    filled.set_init_std(
        0.02 * std::sqrt(256.0 / static_cast<double>(filled.base_width())));
  }
  if (filled.tokens_per_step() == 0 && context > 0) {
    // Whole sequences, at least one.
    filled.set_tokens_per_step(
        std::max(context, kDefaultTokensPerStep / context * context));
  }
  *recipe = std::move(filled);
}

bool SharesTrunks(const v1::Campaign& campaign) {
  return campaign.algorithm().grid().share_trunks();
}

v1::Recipe RecipeAt(const v1::Campaign& campaign, double budget_flops) {
  v1::Recipe recipe = campaign.recipe();
  if (SharesTrunks(campaign)) {
    recipe.set_warmup_fraction(
        recipe.warmup_fraction() *
        std::min(1.0, campaign.budgets(0) / budget_flops));
  }
  return recipe;
}

}  // namespace isoshape
