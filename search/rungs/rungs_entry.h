#ifndef ISOSHAPE_SEARCH_RUNGS_RUNGS_ENTRY_H_
#define ISOSHAPE_SEARCH_RUNGS_RUNGS_ENTRY_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/campaign.pb.h"
#include "search/rungs/rungs.h"
#include "search/spread/spread_entry.h"

namespace isoshape {

// What the arms of asha and hyperband have in common.

inline constexpr double kDefaultEta = 3;

// The defaults of RungSpread, stored with the campaign.
template <typename Arm>
void SetRungDefaults(const v1::Campaign& campaign, Arm* arm) {
  SetSpreadDefaults(campaign, arm);
  arm->set_eta(kDefaultEta);
  const int budgets = campaign.budgets_size();
  if (budgets == 0 || !(campaign.budgets(0) > 0)) return;
  const SpreadOptions spread =
      RungSpread(campaign.budgets(0), campaign.budgets(budgets - 1));
  arm->set_center_size(spread.center_size);
  arm->set_size_range(spread.size_range);
}

template <typename Arm>
absl::Status CheckRungs(const v1::Campaign& campaign, absl::string_view name,
                        const Arm& arm) {
  constexpr double kMinEta = 1.5;
  constexpr double kMaxEta = 100;
  if (!(arm.eta() >= kMinEta && arm.eta() <= kMaxEta)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "algorithm.%s.eta %g is out of range: of eta shapes one goes on to the "
        "next budget; give %g to %g, such as 3",
        name, arm.eta(), kMinEta, kMaxEta));
  }
  if (campaign.budgets_size() < 2) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "the algorithm %s takes shapes from one budget to the next and "
        "budgets has %d; give two or more, best a factor of %g apart, or use "
        "random",
        name, campaign.budgets_size(), arm.eta()));
  }
  return CheckSpread(name, arm);
}

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_RUNGS_RUNGS_ENTRY_H_
