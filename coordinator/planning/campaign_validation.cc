#include "coordinator/planning/campaign_validation.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "coordinator/planning/listed_shapes.h"
#include "coordinator/planning/variants.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/tokens_per_step.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/shape/shape_proto.h"
#include "scaling/runs/budget_levels.h"
#include "search/registry.h"
#include "shape/accounting.h"
#include "shape/presets.h"
#include "shape/search_space.h"
#include "shape/synthetic_task.h"

namespace isoshape {
namespace {

template <typename Enum>
absl::Status CheckEnum(absl::string_view field, Enum value,
                       bool (*is_valid)(int)) {
  if (is_valid(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " ", static_cast<int>(value),
                   " is not a value of its type; use a client of this "
                   "version"));
}

absl::Status CheckBaseShape(const v1::Shape& base) {
  ISOSHAPE_RETURN_IF_ERROR(
      CheckEnum("space.base.norm", base.norm(), v1::Norm_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(CheckEnum("space.base.norm_placement",
                                     base.norm_placement(),
                                     v1::NormPlacement_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckEnum("space.base.residual", base.residual(), v1::Residual_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(CheckEnum("space.base.objective", base.objective(),
                                     v1::Objective_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(CheckEnum("space.base.positions", base.positions(),
                                     v1::Positions_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(CheckEnum("space.base.activation", base.activation(),
                                     v1::Activation_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("space.base.head_dim", base.head_dim(), 1, 4096));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("space.base.vocab", base.vocab(), 2, int64_t{1} << 24));
  if (base.objective() == v1::OBJECTIVE_MASKED && base.vocab() < 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "space.base.vocab ", base.vocab(),
        " leaves no token beside the mask of objective masked; bytes need "
        "257"));
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("space.base.context", base.context(), 1, int64_t{1} << 20));
  if (base.positions() == v1::POSITIONS_ROPE && base.head_dim() % 2 != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "space.base.head_dim ", base.head_dim(),
        " is odd, and rotary positions turn pairs; use an even one"));
  }
  return absl::OkStatus();
}

absl::Status CheckSpace(const v1::SearchSpace& space) {
  const v1::Shape& base = space.base();
  if (!space.preset().empty() && FindPreset(space.preset()) == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "space.preset '", OneLine(space.preset(), 200), "' is none of ",
        PresetNames(), "; leave it out for none"));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckBaseShape(base));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("space.ffn_ratio", space.ffn_ratio()));
  if (space.ffn_ratio() > 1000) {
    return OutOfRange("space.ffn_ratio", space.ffn_ratio(), "at most 1000");
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("space.ffn_multiple", space.ffn_multiple(), 1, 1 << 16));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("space.min_depth", space.min_depth(), 1, 1024));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("space.max_depth", space.max_depth(),
                                        space.min_depth(), 1024));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("space.min_width", space.min_width(), 1, 1 << 16));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("space.max_width", space.max_width(),
                                        space.min_width(), 1 << 16));
  const int64_t max_width =
      space.max_width() / base.head_dim() * base.head_dim();
  if (max_width < space.min_width()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no width from space.min_width ", space.min_width(),
        " to space.max_width ", space.max_width(),
        " is a multiple of head_dim ", base.head_dim(), "; the nearest are ",
        max_width, " and ", max_width + base.head_dim()));
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("space.min_tokens", space.min_tokens(), 0, INT64_MAX));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("space.max_parameters",
                                        space.max_parameters(), 0, INT64_MAX));
  return CheckInteger("space.max_memory_bytes", space.max_memory_bytes(), 0,
                      INT64_MAX);
}

// AdamW moves a weight by about the learning rate in a step, and Muon a matrix
// by as much of its norm: above 1 nothing of what was there is left.
absl::Status CheckLearningRate(absl::string_view field, double rate) {
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive(field, rate));
  if (rate <= 1) return absl::OkStatus();
  return OutOfRange(field, rate,
                    "at most 1, since a step moves a weight by about as much");
}

absl::Status CheckRecipe(const v1::Recipe& recipe, int64_t context) {
  ISOSHAPE_RETURN_IF_ERROR(CheckEnum("recipe.parameterization",
                                     recipe.parameterization(),
                                     v1::Recipe::Parameterization_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(CheckEnum("recipe.precision", recipe.precision(),
                                     v1::Recipe::Precision_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("recipe.base_width", recipe.base_width(), 1, 1 << 20));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("recipe.base_depth", recipe.base_depth(), 1, 1 << 20));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckLearningRate("recipe.learning_rate", recipe.learning_rate()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckNotNegative("recipe.weight_decay", recipe.weight_decay()));
  ISOSHAPE_RETURN_IF_ERROR(CheckBeta("recipe.beta1", recipe.beta1()));
  ISOSHAPE_RETURN_IF_ERROR(CheckBeta("recipe.beta2", recipe.beta2()));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("recipe.epsilon", recipe.epsilon()));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("recipe.init_std", recipe.init_std()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckNotNegative("recipe.gradient_clip", recipe.gradient_clip()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckFraction("recipe.warmup_fraction", recipe.warmup_fraction(), 0.5));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckFraction("recipe.cooldown_fraction", recipe.cooldown_fraction(), 1));
  if (recipe.warmup_fraction() + recipe.cooldown_fraction() > 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "recipe.warmup_fraction %g and recipe.cooldown_fraction %g are more "
        "than all steps; lower one of them",
        recipe.warmup_fraction(), recipe.cooldown_fraction()));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger(
      "recipe.tokens_per_step", recipe.tokens_per_step(), 1, int64_t{1} << 32));
  if (recipe.tokens_per_step() % context != 0) {
    const int64_t below = recipe.tokens_per_step() / context * context;
    return absl::InvalidArgumentError(absl::StrCat(
        "recipe.tokens_per_step ", recipe.tokens_per_step(),
        " is not a multiple of the context ", context, "; the nearest ",
        below > 0 ? absl::StrCat("are ", below, " and ", below + context)
                  : absl::StrCat("is ", context)));
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckFraction("recipe.batch_exponent", recipe.batch_exponent(), 1));
  ISOSHAPE_RETURN_IF_ERROR(CheckEnum("recipe.schedule", recipe.schedule(),
                                     v1::Recipe::Schedule_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(CheckEnum("recipe.optimizer", recipe.optimizer(),
                                     v1::Recipe::Optimizer_IsValid));
  ISOSHAPE_RETURN_IF_ERROR(CheckLearningRate("recipe.muon_learning_rate",
                                             recipe.muon_learning_rate()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckBeta("recipe.muon_momentum", recipe.muon_momentum()));
  ISOSHAPE_RETURN_IF_ERROR(CheckFraction("recipe.z_loss", recipe.z_loss(), 1));
  if (!(recipe.mask_fraction() > 0 && recipe.mask_fraction() < 1)) {
    return OutOfRange("recipe.mask_fraction", recipe.mask_fraction(),
                      "a share between 0 and 1, 0.15 as in BERT");
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckPositive("recipe.input_multiplier", recipe.input_multiplier()));
  return CheckPositive("recipe.output_multiplier", recipe.output_multiplier());
}

// A name that workers know, or a generated task that the shapes can learn.
absl::Status CheckDataset(const v1::Campaign& campaign) {
  const std::string& dataset = campaign.dataset();
  if (!IsSyntheticName(dataset)) return CheckId("dataset", dataset);
  ISOSHAPE_RETURN_IF_ERROR(CheckLength("dataset", dataset, 200));
  const ParsedTask parsed = ParseSyntheticTask(dataset);
  if (!parsed.problem.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("dataset: ", parsed.problem));
  }
  const std::string problem =
      TaskProblem(parsed.task, FromProto(campaign.space().base()));
  if (problem.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("space.base: ", problem));
}

// No trial may have more tokens, nor a step, than can be counted.
absl::Status CheckCountable(const v1::Campaign& campaign) {
  if (campaign.budgets().empty()) return absl::OkStatus();
  const SearchSpace space = SpaceOfCampaign(campaign);
  const double min_flops = TrainingFlopsPerToken(SmallestShape(space));
  const double max_budget = campaign.budgets(campaign.budgets_size() - 1);
  if (max_budget / min_flops > kMaxTokens) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "budget %g FLOPs would train the smallest shape on %.3g tokens, more "
        "than can be counted; raise min_width or lower the budget",
        max_budget, max_budget / min_flops));
  }
  const double step = ExactTokensPerStep(campaign, max_budget);
  if (step > kMaxTokensPerStep) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "recipe.batch_exponent %g makes a step of %.3g tokens at budget %g; "
        "lower it or recipe.tokens_per_step",
        campaign.recipe().batch_exponent(), step, max_budget));
  }
  return absl::OkStatus();
}

absl::Status CheckLabels(const v1::Campaign& campaign) {
  if (campaign.labels_size() > 64) {
    return absl::InvalidArgumentError(absl::StrCat(
        "labels has ", campaign.labels_size(), " entries; give at most 64"));
  }
  for (const auto& [key, value] : campaign.labels()) {
    const bool plain = std::all_of(key.begin(), key.end(), [](char c) {
      return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
             absl::StrContains("_-./", c);
    });
    if (key.empty() || key.size() > 63 || !plain) {
      return absl::InvalidArgumentError(absl::StrCat(
          "labels key '", OneLine(key),
          "' is not 1 to 63 letters, digits, '_', '-', '.' or '/'"));
    }
    ISOSHAPE_RETURN_IF_ERROR(
        CheckLine(absl::StrCat("labels[", key, "]"), value, 200));
  }
  return absl::OkStatus();
}

absl::Status CheckTimeout(const v1::Campaign& campaign) {
  if (!campaign.has_trial_timeout()) return absl::OkStatus();
  const absl::Duration timeout = FromProto(campaign.trial_timeout());
  if (timeout >= absl::Seconds(1) && timeout <= absl::Hours(24 * 365)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("trial_timeout ", WrittenDuration(timeout),
                   " is out of range; give 1s to 365d, or leave it out"));
}

// What shapes are trained by: that of each variant is checked as well.
absl::Status CheckTraining(const v1::Campaign& campaign) {
  ISOSHAPE_RETURN_IF_ERROR(CheckSpace(campaign.space()));
  ISOSHAPE_RETURN_IF_ERROR(CheckDataset(campaign));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckRecipe(campaign.recipe(), campaign.space().base().context()));
  ISOSHAPE_RETURN_IF_ERROR(CheckAlgorithm(campaign));
  return CheckCountable(campaign);
}

}  // namespace

absl::Status CheckCampaign(const v1::Campaign& campaign) {
  ISOSHAPE_RETURN_IF_ERROR(
      CheckLine("display_name", campaign.display_name(), 200));
  if (campaign.budgets_size() == 0 && ProposesTrials(campaign.algorithm())) {
    return absl::InvalidArgumentError(
        "budgets is empty; give at least one, in training FLOPs, for example "
        "2.5e11");
  }
  if (campaign.budgets_size() > 100) {
    return absl::InvalidArgumentError(absl::StrCat(
        "budgets has ", campaign.budgets_size(), " values; give at most 100"));
  }
  for (int b = 0; b < campaign.budgets_size(); ++b) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckPositive(absl::StrCat("budgets[", b, "]"), campaign.budgets(b)));
    if (b > 0 && (campaign.budgets(b) <= campaign.budgets(b - 1) ||
                  SameBudget(campaign.budgets(b), campaign.budgets(b - 1)))) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "budgets[%d] %g does not exceed %g before it; give them ascending, "
          "no two equal",
          b, campaign.budgets(b), campaign.budgets(b - 1)));
    }
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("seeds", campaign.seeds(), 1, 100));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckNotNegative("total_flops", campaign.total_flops()));
  // Without budgets there is none by default.
  ISOSHAPE_RETURN_IF_ERROR(
      campaign.budgets().empty()
          ? CheckNotNegative("target_flops", campaign.target_flops())
          : CheckPositive("target_flops", campaign.target_flops()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("max_lost_leases", campaign.max_lost_leases(), 1, 1000));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("max_lost_machines", campaign.max_lost_machines(), 1, 1000));
  ISOSHAPE_RETURN_IF_ERROR(CheckLabels(campaign));
  ISOSHAPE_RETURN_IF_ERROR(CheckTimeout(campaign));
  ISOSHAPE_RETURN_IF_ERROR(CheckTraining(campaign));
  ISOSHAPE_RETURN_IF_ERROR(CheckListedShapes(campaign));
  return CheckVariants(campaign, CheckTraining);
}

}  // namespace isoshape
