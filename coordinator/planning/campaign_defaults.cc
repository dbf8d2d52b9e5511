#include "coordinator/planning/campaign_defaults.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "messages/shape_proto.h"
#include "shape/ffn_width.h"
#include "shape/presets.h"
#include "shape/synthetic_task.h"

namespace isoshape {
namespace {

constexpr int64_t kTokensPerStep = 2048;

// Gives `base` what the space's preset says, where it leaves it unset; an
// unknown preset is left to CheckCampaign.
void FillPreset(v1::SearchSpace* space) {
  const Preset* preset = FindPreset(space->preset());
  if (preset == nullptr) return;
  const v1::Shape options = ToProto(preset->options);
  v1::Shape* base = space->mutable_base();
  if (base->norm() == v1::NORM_UNSPECIFIED) base->set_norm(options.norm());
  if (base->norm_placement() == v1::NORM_PLACEMENT_UNSPECIFIED) {
    base->set_norm_placement(options.norm_placement());
  }
  if (base->positions() == v1::POSITIONS_UNSPECIFIED) {
    base->set_positions(options.positions());
  }
  if (base->activation() == v1::ACTIVATION_UNSPECIFIED) {
    base->set_activation(options.activation());
  }
  if (base->objective() == v1::OBJECTIVE_UNSPECIFIED) {
    base->set_objective(options.objective());
  }
  if (options.tied_embedding()) base->set_tied_embedding(true);
  if (options.bias()) base->set_bias(true);
}

// Token values of bytes, or of the generated task that the data are.
int64_t VocabOf(const std::string& dataset) {
  if (!IsSyntheticName(dataset)) return 256;
  const ParsedTask parsed = ParseSyntheticTask(dataset);
  return parsed.problem.empty() ? TaskVocab(parsed.task) : 256;
}

void FillSpace(const std::string& dataset, v1::SearchSpace* space) {
  FillPreset(space);
  v1::Shape* base = space->mutable_base();
  // The planner chooses these for every trial.
  base->clear_depth();
  base->clear_width();
  base->clear_heads();
  base->clear_kv_heads();
  base->clear_ffn_width();
  if (base->head_dim() == 0) base->set_head_dim(16);
  if (base->vocab() == 0) {
    base->set_vocab(VocabOf(dataset) +
                    (base->objective() == v1::OBJECTIVE_MASKED ? 1 : 0));
  }
  if (base->context() == 0) base->set_context(128);
  if (base->norm() == v1::NORM_UNSPECIFIED) base->set_norm(v1::NORM_RMS);
  if (base->norm_placement() == v1::NORM_PLACEMENT_UNSPECIFIED) {
    base->set_norm_placement(v1::NORM_PLACEMENT_PRE);
  }
  if (base->residual() == v1::RESIDUAL_UNSPECIFIED) {
    base->set_residual(v1::RESIDUAL_ADD);
  }
  if (base->positions() == v1::POSITIONS_UNSPECIFIED) {
    base->set_positions(v1::POSITIONS_ROPE);
  }
  if (base->activation() == v1::ACTIVATION_UNSPECIFIED) {
    base->set_activation(v1::ACTIVATION_SWIGLU);
  }
  if (base->objective() == v1::OBJECTIVE_UNSPECIFIED) {
    base->set_objective(v1::OBJECTIVE_CAUSAL);
  }
  if (space->ffn_ratio() == 0) {
    space->set_ffn_ratio(DefaultFfnRatio(FromProto(*base).activation));
  }
  if (space->ffn_multiple() == 0) {
    space->set_ffn_multiple(kDefaultFfnMultiple);
  }
  if (space->min_depth() == 0) space->set_min_depth(1);
  if (space->max_depth() == 0) space->set_max_depth(64);
  if (space->min_width() == 0) space->set_min_width(base->head_dim());
  if (space->max_width() == 0) space->set_max_width(8192);
}

void FillRecipe(int64_t context, v1::Recipe* recipe) {
  if (recipe->parameterization() == v1::Recipe::PARAMETERIZATION_UNSPECIFIED) {
    recipe->set_parameterization(v1::Recipe::COMPLETEP);
  }
  if (recipe->precision() == v1::Recipe::PRECISION_UNSPECIFIED) {
    recipe->set_precision(v1::Recipe::FP32);
  }
  if (recipe->base_width() == 0) recipe->set_base_width(64);
  if (recipe->base_depth() == 0) recipe->set_base_depth(2);
  if (recipe->learning_rate() == 0) recipe->set_learning_rate(0.005);
  if (!recipe->has_weight_decay()) recipe->set_weight_decay(0.1);
  if (!recipe->has_beta1()) recipe->set_beta1(0.9);
  if (!recipe->has_beta2()) recipe->set_beta2(0.95);
  if (recipe->epsilon() == 0) recipe->set_epsilon(1e-8);
  if (recipe->init_std() == 0 && recipe->base_width() > 0) {
    recipe->set_init_std(
        0.02 * std::sqrt(256.0 / static_cast<double>(recipe->base_width())));
  }
  if (!recipe->has_gradient_clip()) recipe->set_gradient_clip(1);
  if (!recipe->has_warmup_fraction()) recipe->set_warmup_fraction(0.05);
  if (!recipe->has_cooldown_fraction()) recipe->set_cooldown_fraction(0.2);
  if (recipe->tokens_per_step() == 0 && context > 0) {
    // Whole sequences, at least one.
    recipe->set_tokens_per_step(
        std::max(context, kTokensPerStep / context * context));
  }
  if (recipe->schedule() == v1::Recipe::SCHEDULE_UNSPECIFIED) {
    recipe->set_schedule(v1::Recipe::WSD);
  }
  if (recipe->optimizer() == v1::Recipe::OPTIMIZER_UNSPECIFIED) {
    recipe->set_optimizer(v1::Recipe::ADAMW);
  }
  if (recipe->muon_learning_rate() == 0) recipe->set_muon_learning_rate(0.02);
  if (!recipe->has_muon_momentum()) recipe->set_muon_momentum(0.95);
  if (recipe->mask_fraction() == 0) recipe->set_mask_fraction(0.15);
  if (recipe->input_multiplier() == 0) recipe->set_input_multiplier(1);
  if (recipe->output_multiplier() == 0) recipe->set_output_multiplier(1);
}

void FillAlgorithm(double smallest_budget, v1::Algorithm* algorithm) {
  if (algorithm->kind() == v1::Algorithm::KIND_UNSPECIFIED) {
    algorithm->set_kind(v1::Algorithm::GRID);
  }
  if (algorithm->sizes() == 0) algorithm->set_sizes(7);
  if (algorithm->aspect_ratios() == 0) algorithm->set_aspect_ratios(3);
  if (algorithm->center_aspect_ratio() == 0) {
    algorithm->set_center_aspect_ratio(16);
  }
  if (algorithm->aspect_ratio_step() == 0) algorithm->set_aspect_ratio_step(4);
  if (algorithm->size_range() == 0) algorithm->set_size_range(5);
  if (algorithm->center_size() == 0 && smallest_budget > 0) {
    algorithm->set_center_size(std::sqrt(smallest_budget / 6 / 20));
  }
  if (algorithm->trials_per_budget() == 0) {
    algorithm->set_trials_per_budget(16);
  }
}

}  // namespace

void FillCampaignDefaults(v1::Campaign* campaign) {
  if (campaign->seeds() == 0) campaign->set_seeds(1);
  if (campaign->dataset().empty()) campaign->set_dataset("text");
  if (campaign->max_lost_leases() == 0) campaign->set_max_lost_leases(3);
  if (campaign->target_flops() == 0 && campaign->budgets_size() > 0) {
    campaign->set_target_flops(3 *
                               campaign->budgets(campaign->budgets_size() - 1));
  }
  FillSpace(campaign->dataset(), campaign->mutable_space());
  FillRecipe(campaign->space().base().context(), campaign->mutable_recipe());
  FillAlgorithm(campaign->budgets_size() > 0 ? campaign->budgets(0) : 0,
                campaign->mutable_algorithm());
}

}  // namespace isoshape
