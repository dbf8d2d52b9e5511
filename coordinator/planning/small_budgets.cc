#include "coordinator/planning/small_budgets.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/campaign/campaign_space.h"
#include "scaling/laws/weak_prior.h"
#include "shape/accounting.h"
#include "shape/search_space.h"

namespace isoshape {
namespace {

// Small runs take long steps for what they train on, and their best size comes
// out up to this much below 20 tokens for each parameter.
constexpr double kRoomBelow = 3;

}  // namespace

std::string SmallBudgetsText(const v1::Campaign& campaign) {
  const SearchSpace space = SpaceOfCampaign(campaign);
  // A list is trained as it is, and the optimum's surface needs no budget of
  // which the best size is within the space.
  const v1::Algorithm& algorithm = campaign.algorithm();
  if (!ProposesTrials(algorithm) || algorithm.has_listed() ||
      algorithm.has_optimum() || !SpaceProblem(space).empty()) {
    return "";
  }
  const Shape smallest = SmallestShape(space);
  const double size = EffectiveSize(smallest);
  const auto& budgets = campaign.budgets();
  // They ascend, and so do their sizes.
  const auto small = std::count_if(
      budgets.begin(), budgets.end(),
      [size](double budget) { return PriorSize(budget) < kRoomBelow * size; });
  if (small == 0) return "";
  const std::string others =
      small > 1
          ? absl::StrCat(" (so at ", Counted(small - 1, "more budget"), ")")
          : "";
  return absl::StrFormat(
      "budget %s: the best size, about %s if 20 tokens a parameter are, may be "
      "below the smallest shape of the space, %s of size %s%s, and then it "
      "tells no optimum: give larger budgets, or a lower %s%s",
      FormatFlops(budgets[0]), FormatCount(PriorSize(budgets[0])),
      ShapeLabel(smallest), FormatCount(size), others,
      space.min_width > space.base.head_dim ? "space.min_width"
                                            : "space.base.head_dim",
      space.min_depth > 1 ? " or space.min_depth" : "");
}

}  // namespace isoshape
