#include "coordinator/planning/campaign_defaults.h"

#include <cstdint>
#include <string>
#include <utility>

#include "coordinator/planning/listed_shapes.h"
#include "coordinator/planning/variants.h"
#include "messages/campaign/campaign_recipe.h"
#include "messages/campaign/campaign_space.h"
#include "messages/shape/shape_proto.h"
#include "messages/shape/shape_sizes.h"
#include "search/registry.h"
#include "shape/ffn_width.h"
#include "shape/presets.h"
#include "shape/synthetic_task.h"

namespace isoshape {
namespace {

// Token values of bytes, or of the generated task that the data are.
int64_t VocabOf(const std::string& dataset) {
  if (!IsSyntheticName(dataset)) return 256;
  const ParsedTask parsed = ParseSyntheticTask(dataset);
  return parsed.problem.empty() ? TaskVocab(parsed.task) : 256;
}

// An unknown preset is left to CheckCampaign.
void FillBase(const std::string& dataset, v1::SearchSpace* space) {
  const Preset* preset = FindPreset(space->preset());
  v1::Shape base =
      OptionsToProto(preset == nullptr ? Shape() : preset->options);
  base.set_head_dim(16);
  base.set_context(128);
  base.MergeFrom(space->base());
  // The planner chooses these for every trial.
  base = WithoutSizes(std::move(base));
  if (base.vocab() == 0) {
    base.set_vocab(VocabOf(dataset) +
                   (base.objective() == v1::OBJECTIVE_MASKED ? 1 : 0));
  }
  *space->mutable_base() = std::move(base);
}

void FillSpace(const std::string& dataset, v1::SearchSpace* space) {
  FillBase(dataset, space);
  v1::SearchSpace filled;
  filled.set_ffn_ratio(DefaultFfnRatio(FromProto(space->base()).activation));
  filled.set_ffn_multiple(kDefaultFfnMultiple);
  filled.set_min_depth(1);
  filled.set_max_depth(64);
  filled.set_min_width(space->base().head_dim());
  filled.set_max_width(8192);
  filled.MergeFrom(*space);
  *space = std::move(filled);
}

}  // namespace

void FillCampaignDefaults(v1::Campaign* campaign) {
  const v1::Campaign asked = *campaign;
  if (campaign->seeds() == 0) campaign->set_seeds(1);
  if (campaign->dataset().empty()) campaign->set_dataset("text");
  if (campaign->max_lost_leases() == 0) campaign->set_max_lost_leases(3);
  if (campaign->max_lost_machines() == 0)
    campaign->set_max_lost_machines(kMaxLostMachines);
  FillAlgorithmBudgets(campaign);
  if (campaign->target_flops() == 0) {
    campaign->set_target_flops(DefaultTarget(*campaign));
  }
  FillSpace(campaign->dataset(), campaign->mutable_space());
  FillRecipeDefaults(campaign->space().base().context(),
                     campaign->mutable_recipe());
  FillAlgorithmDefaults(campaign);
  FillListedShapes(campaign);
  FillVariants(asked, campaign);
}

}  // namespace isoshape
