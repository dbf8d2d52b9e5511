#include "cli/commands/campaigns/small_budgets.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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

std::vector<std::string> SmallBudgets(const v1::Campaign& campaign) {
  const SearchSpace space = SpaceOfCampaign(campaign);
  // A list is trained as it is, and the optimum's surface needs no budget of
  // which the best size is within the space.
  const v1::Algorithm& algorithm = campaign.algorithm();
  if (!ProposesTrials(algorithm) || algorithm.has_listed() ||
      algorithm.has_optimum() || !SpaceProblem(space).empty()) {
    return {};
  }
  const Shape smallest = SmallestShape(space);
  const double size = EffectiveSize(smallest);
  std::vector<std::string> lines;
  for (const double budget : campaign.budgets()) {
    if (PriorSize(budget) >= kRoomBelow * size) continue;
    lines.push_back(absl::StrFormat(
        "at %s FLOPs the best size, about %s if 20 tokens a parameter are, may "
        "be below the smallest shape of the space, %s of size %s: such a "
        "budget tells no optimum; give larger --budgets, or a lower "
        "%s%s",
        FormatFlops(budget), FormatCount(PriorSize(budget)),
        ShapeLabel(smallest), FormatCount(size),
        space.min_width > space.base.head_dim ? "--min-width" : "--head-dim",
        space.min_depth > 1 ? " or --min-depth" : ""));
  }
  return lines;
}

}  // namespace isoshape
