#include "coordinator/analysis/campaign_figure.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "figures/build_figure.h"

namespace isoshape {
namespace {

// The campaign's budgets and those of trials that users added, ascending.
std::vector<double> BudgetsOf(const CampaignResults& results) {
  std::vector<double> budgets(results.campaign.budgets().begin(),
                              results.campaign.budgets().end());
  budgets.insert(budgets.end(), results.runs.budget.begin(),
                 results.runs.budget.end());
  std::sort(budgets.begin(), budgets.end());
  budgets.erase(std::unique(budgets.begin(), budgets.end()), budgets.end());
  return budgets;
}

}  // namespace

absl::StatusOr<v1::Figure> FigureOfResults(
    const CampaignResults& results, const v1::GetFigureRequest& request) {
  return BuildFigure({.name = results.campaign.name(),
                      .runs = &results.runs,
                      .memo = results.memo,
                      .numbers = results.numbers,
                      .budgets = BudgetsOf(results),
                      .target_flops = results.campaign.target_flops(),
                      .side = results.side,
                      .shapes = results.shapes,
                      .warnings = results.warnings},
                     request);
}

}  // namespace isoshape
