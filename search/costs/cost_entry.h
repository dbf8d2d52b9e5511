#ifndef ISOSHAPE_SEARCH_COSTS_COST_ENTRY_H_
#define ISOSHAPE_SEARCH_COSTS_COST_ENTRY_H_

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/costs/run_cost.h"

namespace isoshape {

// The field `cost` that several arms of Algorithm have.

// INVALID_ARGUMENT with the field and the value if it is none of the enum's.
inline absl::Status CheckCost(absl::string_view field, v1::SearchCost cost) {
  if (v1::SearchCost_IsValid(cost)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "%s %d is none that this server knows; give SEARCH_COST_FLOPS or "
      "SEARCH_COST_SECONDS",
      field, static_cast<int>(cost)));
}

inline CostUnit CostUnitOf(v1::SearchCost cost) {
  return cost == v1::SEARCH_COST_SECONDS ? CostUnit::kSeconds
                                         : CostUnit::kFlops;
}

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_COSTS_COST_ENTRY_H_
