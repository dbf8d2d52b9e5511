#include "coordinator/analysis/imported_runs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/status/status_macros.h"
#include "common/text/sorted_unique.h"
#include "coordinator/analysis/shape_summary.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"
#include "scaling/runs/budget_levels.h"

namespace isoshape {
namespace {

// Runs whose budgets lie within this factor have one (docs/runs.md).
constexpr double kBudgetTolerance = 1.1;

// Budgets of imported runs, which have FLOPs alone, as those of a file have
// them: levels, if they fall into some. Beside measured runs a run has the
// budget that its FLOPs are near, else that of its level or its own.
std::vector<double> ImportedBudgets(const Runs& measured,
                                    const Runs& imported) {
  const BudgetLevels levels =
      LevelsOfFlops(imported.flops, imported.params, kBudgetTolerance);
  if (measured.rows() == 0) return levels.budget;
  const std::vector<double> known = SortedUnique(measured.budget);
  std::vector<double> budgets =
      levels.levels > 0 ? levels.budget : imported.flops;
  for (size_t i = 0; i < budgets.size(); ++i) {
    for (const double budget : known) {
      const double factor =
          std::max(budget / imported.flops[i], imported.flops[i] / budget);
      if (factor <= kBudgetTolerance) budgets[i] = budget;
    }
  }
  return budgets;
}

// The parameters of an imported run, which need not be whole: those that its
// FLOPs were made of, if these are they.
double ImportedParameters(const v1::Trial& trial) {
  const auto whole = static_cast<double>(trial.parameters());
  const double size = TrialSize(trial);
  return std::round(size) == whole ? size : whole;
}

}  // namespace

Runs JoinedRuns(const Runs& measured, Runs imported) {
  imported.budget = ImportedBudgets(measured, imported);
  const bool shapes = std::all_of(imported.depth.begin(), imported.depth.end(),
                                  [](double depth) { return depth > 0; });
  Runs all = measured;
  all.measure = imported.measure;
  for (const auto& [column, more] : {std::pair{&all.size, &imported.size},
                                     {&all.tokens, &imported.tokens},
                                     {&all.loss, &imported.loss},
                                     {&all.loss_stderr, &imported.loss_stderr},
                                     {&all.params, &imported.params},
                                     {&all.flops, &imported.flops},
                                     {&all.width, &imported.width},
                                     {&all.depth, &imported.depth},
                                     {&all.budget, &imported.budget}}) {
    column->insert(column->end(), more->begin(), more->end());
  }
  all.seed.insert(all.seed.end(), imported.seed.begin(), imported.seed.end());
  all.run.insert(all.run.end(), imported.run.begin(), imported.run.end());
  if (!shapes) {
    all.width.clear();
    all.depth.clear();
  }
  return all;
}

absl::StatusOr<bool> HasImportedAlone(Store& store,
                                      const v1::Campaign& campaign) {
  if (AllTrials(campaign.trial_counts()) == 0) return true;
  bool searched = false;
  ISOSHAPE_RETURN_IF_ERROR(store
                               .VisitTrials(campaign.name(), "",
                                            [&](const v1::Trial& trial) {
                                              searched =
                                                  searched || IsOfSearch(trial);
                                            })
                               .status());
  return !searched;
}

Runs AsOfFile(Runs runs, const std::vector<v1::Trial>& trials) {
  runs.measure = SizeMeasure::kParams;
  for (size_t i = 0; i < trials.size(); ++i) {
    runs.params[i] = runs.size[i] = ImportedParameters(trials[i]);
  }
  return runs;
}

std::vector<v1::RankedShape> ShapesOfImported(
    const std::vector<v1::Trial>& trials, const std::vector<double>& budgets) {
  std::vector<v1::Trial> known;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (!trials[i].has_shape()) continue;
    known.push_back(trials[i]);
    if (!budgets.empty()) known.back().set_budget_flops(budgets[i]);
  }
  return SummarizeShapes(known);
}

}  // namespace isoshape
