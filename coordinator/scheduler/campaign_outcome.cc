#include "coordinator/scheduler/campaign_outcome.h"

#include <map>
#include <tuple>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/format_number.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/enum_name.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"

namespace isoshape {
namespace {

// What was asked for at a budget: a shape, by its bytes, a seed and a variant.
using Asked = std::tuple<std::string, int64_t, std::string>;

struct Budget {
  std::map<Asked, std::vector<const v1::Trial*>> asked;
  bool has_loss = false;
};

// Whether the trial has a result about its shape: a loss, a divergence, or that
// the run does not fit into memory. One that failed otherwise, was stopped, or
// was excluded says nothing.
bool HasResult(const v1::Trial& trial) {
  return WasMeasured(trial) ||
         (!trial.excluded() && trial.state() == v1::Trial::FAILED &&
          trial.failure() == v1::Trial::OUT_OF_MEMORY);
}

bool AnyHasResult(const std::vector<const v1::Trial*>& trials) {
  for (const v1::Trial* trial : trials) {
    if (HasResult(*trial)) return true;
  }
  return false;
}

// `trials/3: lost 3 times`
std::string Described(const v1::Trial& trial) {
  std::string why =
      trial.excluded() ? absl::StrCat("excluded: ", trial.exclusion_reason())
      : trial.error().empty() ? absl::AsciiStrToLower(EnumName(trial.state()))
                              : trial.error();
  return absl::StrCat("trials/", ParseTrialName(trial.name())->number, ": ",
                      why);
}

}  // namespace

std::string MissingResults(const CampaignState& state) {
  // What clients create nobody else asked for.
  if (!ProposesTrials(state.campaign.algorithm())) return "";
  std::map<double, Budget> budgets;
  for (const v1::Trial& trial : state.trials) {
    if (!IsOfSearch(trial)) continue;
    budgets[trial.budget_flops()]
        .asked[{trial.shape().SerializeAsString(), trial.seed(),
                VariantOf(trial)}]
        .push_back(&trial);
    for (const MeasuredPoint& point : MeasuredPoints(trial)) {
      budgets[point.budget_flops].has_loss = true;
    }
  }
  std::vector<std::string> missing;
  for (const auto& [flops, budget] : budgets) {
    std::vector<const v1::Trial*> without;
    for (const auto& [asked, trials] : budget.asked) {
      if (!AnyHasResult(trials)) without.push_back(trials.back());
    }
    const std::string at =
        absl::StrFormat("budget %s FLOPs: ", FormatFlops(flops));
    if (!without.empty()) {
      missing.push_back(
          absl::StrCat(at, without.size(), " of ", budget.asked.size(),
                       budget.asked.size() == 1 ? " trial has" : " trials have",
                       " no result (", Described(*without.front()),
                       without.size() > 1 ? ", …)" : ")"));
    } else if (!budget.has_loss) {
      missing.push_back(absl::StrCat(at, "no trial has a loss"));
    }
  }
  return absl::StrJoin(missing, "; ");
}

}  // namespace isoshape
