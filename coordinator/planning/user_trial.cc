#include "coordinator/planning/user_trial.h"

#include <cmath>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "coordinator/planning/planner.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/campaign/tokens_per_step.h"
#include "messages/names/resource_name.h"
#include "messages/shape/shape_proto.h"
#include "shape/accounting.h"
#include "shape/feasible.h"
#include "shape/search_space.h"

namespace isoshape {
namespace {

absl::Status CheckFields(const v1::Trial& asked) {
  const double budget = asked.budget_flops();
  if (!std::isfinite(budget) || budget <= 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "trial.budget_flops %g is out of range; give a finite number above 0",
        budget));
  }
  if (asked.seed() < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "trial.seed ", asked.seed(), " is negative; give 0 or more"));
  }
  if (asked.purpose() == v1::Trial::IMPORTED) {
    return absl::InvalidArgumentError(
        "trial.purpose IMPORTED is of runs that were trained elsewhere; bring "
        "them by ImportTrials");
  }
  if (!v1::Trial::Purpose_IsValid(asked.purpose())) {
    return absl::InvalidArgumentError(
        absl::StrCat("trial.purpose ", static_cast<int>(asked.purpose()),
                     " is unknown; use SEARCH or VERIFICATION"));
  }
  if (asked.reserved_worker().empty()) return absl::OkStatus();
  // One that is not known yet may come.
  absl::Status named = CheckWorkerName(asked.reserved_worker());
  if (named.ok()) return named;
  return absl::InvalidArgumentError(
      absl::StrCat("trial.reserved_worker: ", named.message()));
}

// Whether losses of the shape compare with those of the campaign's.
absl::Status CheckComparable(const Shape& shape, const Shape& base) {
  if (shape.objective != base.objective) {
    return absl::FailedPreconditionError(
        "trial.shape: its objective is not the campaign's; their losses cannot "
        "be compared, so make another campaign");
  }
  if (shape.context == base.context && shape.vocab == base.vocab) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "trial.shape: vocab ", shape.vocab, " and context ", shape.context,
      " are not the campaign's ", base.vocab, " and ", base.context,
      "; their losses cannot be compared, so make another campaign"));
}

// Options that a variant sets are what its trials differ by.
absl::Status CheckOptions(const v1::Campaign& campaign,
                          const std::string& variant, const Shape& shape) {
  if (FromProto(ShapeInVariant(campaign, ToProto(shape), variant)) == shape) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("trial.shape: it sets an option otherwise than variant ",
                   variant, " does; leave the option or the variant out"));
}

absl::Status CheckAffordable(const v1::Campaign& campaign,
                             const SearchSpace& space, const Shape& shape,
                             double budget) {
  if (budget / TrainingFlopsPerToken(shape) > kMaxTokens ||
      ExactTokensPerStep(campaign, budget) > kMaxTokensPerStep) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "trial.budget_flops %g is too large for this shape and campaign; %s",
        budget,
        campaign.budgets().empty()
            ? "give a smaller one"
            : absl::StrFormat("the campaign's smallest budget is %g",
                              campaign.budgets(0))));
  }
  const std::string problem = FeasibilityProblem(
      space, shape, TokensPerStepAt(campaign, budget), budget);
  if (problem.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("trial.shape is not feasible: ", problem,
                   "; give another shape, or another budget"));
}

}  // namespace

absl::StatusOr<Shape> FilledShape(const SearchSpace& space,
                                  const v1::Shape& base, const v1::Shape& asked,
                                  const std::string& field) {
  v1::Shape filled = base;
  filled.MergeFrom(asked);
  if (filled.ffn_width() == 0 && filled.width() > 0) {
    filled.set_ffn_width(
        FfnWidth(filled.width(), space.ffn_ratio, space.ffn_multiple));
  }
  const Shape shape = FromProto(filled);
  std::string problem = ShapeProblem(shape);
  if (problem.empty()) problem = HeadsProblem(shape);
  if (problem.empty()) return shape;
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", problem));
}

absl::StatusOr<v1::Trial> PrepareUserTrial(const v1::Campaign& campaign,
                                           const v1::Trial& asked) {
  ISOSHAPE_RETURN_IF_ERROR(CheckFields(asked));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string variant,
                            FindVariant(campaign, asked.variant()));
  // The options of the variant are those that all its shapes have.
  const v1::Campaign alone = AsVariant(campaign, variant);
  const SearchSpace space = SpaceOfCampaign(alone);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Shape shape,
      FilledShape(space, alone.space().base(), asked.shape(), "trial.shape"));
  ISOSHAPE_RETURN_IF_ERROR(CheckOptions(campaign, variant, shape));
  ISOSHAPE_RETURN_IF_ERROR(CheckComparable(shape, space.base));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckAffordable(alone, space, shape, asked.budget_flops()));
  v1::Trial trial;
  *trial.mutable_shape() = ToProto(shape);
  trial.set_budget_flops(asked.budget_flops());
  trial.set_seed(asked.seed());
  trial.set_purpose(asked.purpose() == v1::Trial::PURPOSE_UNSPECIFIED
                        ? v1::Trial::SEARCH
                        : asked.purpose());
  trial.set_variant(VariantField(campaign, variant));
  trial.set_reserved_worker(asked.reserved_worker());
  trial.set_reason("added by a user");
  ISOSHAPE_RETURN_IF_ERROR(FillTrialFigures(alone, &trial));
  return trial;
}

}  // namespace isoshape
