#include "coordinator/planning/small_budgets.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/format_number.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/campaign/campaign_space.h"
#include "scaling/laws/weak_prior.h"
#include "scaling/runs/budget_levels.h"
#include "shape/accounting.h"
#include "shape/search_space.h"

namespace isoshape {
namespace {

// Small runs take long steps for what they train on, and their best size comes
// out up to this much below 20 tokens for each parameter.
constexpr double kRoomBelow = 3;

// Whether a size was measured at the budget that is smaller than the best one,
// and worse.
bool HasSmallerThanBest(const std::vector<PastTrial>& trials, double budget) {
  const PastTrial* best = nullptr;
  double smallest = std::numeric_limits<double>::infinity();
  for (const PastTrial& trial : trials) {
    if (trial.state != PastTrial::State::kSucceeded ||
        !SameBudget(trial.budget_flops, budget)) {
      continue;
    }
    smallest = std::min(smallest, EffectiveSize(trial.shape));
    if (best == nullptr || trial.validation_loss < best->validation_loss) {
      best = &trial;
    }
  }
  return best != nullptr && EffectiveSize(best->shape) > smallest;
}

}  // namespace

std::string SmallBudgetsText(const v1::Campaign& campaign,
                             const std::vector<PastTrial>& trials) {
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
  std::vector<double> small;  // ascending, as budgets are
  for (const double budget : campaign.budgets()) {
    if (PriorSize(budget) < kRoomBelow * size &&
        !HasSmallerThanBest(trials, budget)) {
      small.push_back(budget);
    }
  }
  if (small.empty()) return "";
  const auto others = static_cast<int64_t>(small.size()) - 1;
  return absl::StrFormat(
      "budget %s%s may be too small for this space: its best size is about %s "
      "if 20 tokens a parameter are best, and shows only between larger and "
      "smaller shapes (the smallest, %s, is of size %s): give larger budgets, "
      "or lower %s%s",
      FormatFlops(small[0]),
      others > 0 ? absl::StrCat(" (and ", others, " more)") : "",
      FormatCount(PriorSize(small[0])), ShapeLabel(smallest), FormatCount(size),
      space.min_width > space.base.head_dim ? "space.min_width"
                                            : "space.base.head_dim",
      space.min_depth > 1 ? " or space.min_depth" : "");
}

}  // namespace isoshape
