#ifndef ISOSHAPE_SEARCH_SPREAD_SPREAD_ENTRY_H_
#define ISOSHAPE_SEARCH_SPREAD_SPREAD_ENTRY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/campaign.pb.h"
#include "scaling/laws/weak_prior.h"
#include "search/spread/draw.h"

namespace isoshape {

// The fields that say where shapes are drawn, which several arms of Algorithm
// have under the same names.

// Sets the defaults of sizes that grow with the budget.
template <typename Arm>
void SetSpreadDefaults(const v1::Campaign& campaign, Arm* arm) {
  const SpreadOptions defaults;
  arm->set_center_aspect_ratio(defaults.center_aspect_ratio);
  arm->set_aspect_ratio_range(defaults.aspect_ratio_range);
  arm->set_size_range(defaults.size_range);
  if (campaign.budgets_size() > 0 && campaign.budgets(0) > 0) {
    arm->set_center_size(PriorSize(campaign.budgets(0)));
  }
}

// `name` is the arm's, such as `sobol`.
template <typename Arm>
absl::Status CheckSpread(absl::string_view name, const Arm& arm) {
  const auto field = [&](absl::string_view of) {
    return absl::StrCat("algorithm.", name, ".", of);
  };
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger(field("seed"), arm.seed(), 0, INT64_MAX));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckPositive(field("center_aspect_ratio"), arm.center_aspect_ratio()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckAboveOne(field("aspect_ratio_range"), arm.aspect_ratio_range()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckAboveOne(field("size_range"), arm.size_range()));
  return CheckPositive(field("center_size"), arm.center_size());
}

// The most trials for each budget that an arm may ask for.
inline constexpr int64_t kMaxTrialsPerBudget = 10000;

template <typename Arm>
absl::Status CheckTrialsPerBudget(absl::string_view name, const Arm& arm) {
  return CheckInteger(absl::StrCat("algorithm.", name, ".trials_per_budget"),
                      arm.trials_per_budget(), 1, kMaxTrialsPerBudget);
}

// Of an arm that is filled in; `shapes` are drawn at a budget.
template <typename Arm>
SpreadOptions SpreadOf(const Arm& arm, int shapes) {
  return {.trials_per_budget = shapes,
          .seed = static_cast<uint64_t>(arm.seed()),
          .center_aspect_ratio = arm.center_aspect_ratio(),
          .aspect_ratio_range = arm.aspect_ratio_range(),
          .size_range = arm.size_range(),
          .center_size = arm.center_size()};
}

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_SPREAD_SPREAD_ENTRY_H_
