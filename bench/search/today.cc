#include "bench/search/today.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "scaling/isoflop/isoflop.h"
#include "scaling/laws/shape_laws.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/resampling.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

Runs TableOf(const std::vector<PastTrial>& trials, size_t count) {
  Runs runs;
  runs.measure = SizeMeasure::kFlopsPerToken;
  for (size_t i = 0; i < count; ++i) {
    const PastTrial& trial = trials[i];
    const double size = EffectiveSize(trial.shape);
    runs.size.push_back(size);
    runs.tokens.push_back(trial.budget_flops / 6 / size);
    runs.loss.push_back(trial.validation_loss);
    runs.flops.push_back(trial.budget_flops);
    runs.budget.push_back(trial.budget_flops);
    runs.width.push_back(static_cast<double>(trial.shape.width));
    runs.depth.push_back(static_cast<double>(trial.shape.depth));
  }
  return runs;
}

// The trend of the best sizes, and the mean of the best aspect ratios.
double RegretOfTrend(const Runs& runs, const AnswerSheet& sheet,
                     double target_flops) {
  const auto none = Resampling::CaseBootstrap(runs.rows(), {.count = 0});
  const auto fit = FitIsoflop(runs, *none, {}, {.threads = 1});
  std::map<double, size_t> best;  // row of each budget
  for (size_t i = 0; i < runs.rows(); ++i) {
    const auto [at, added] = best.try_emplace(runs.budget[i], i);
    if (runs.loss[i] < runs.loss[at->second]) at->second = i;
  }
  double ln_ratio = 0;
  for (const auto& [budget, row] : best) {
    ln_ratio += std::log(runs.width[row] / runs.depth[row]) /
                static_cast<double>(best.size());
  }
  const auto& [budget, row] = *best.rbegin();
  double ln_size =
      std::log(runs.size[row]) + std::log(target_flops / budget) / 2;
  if (fit.ok() && fit->size) ln_size = std::log(fit->size->At(target_flops));
  return std::isfinite(ln_size) ? sheet.RegretNear(ln_size, ln_ratio)
                                : std::numeric_limits<double>::infinity();
}

}  // namespace

double RegretOfOldAnswer(const std::vector<PastTrial>& trials, size_t count,
                         const AnswerSheet& sheet, double target_flops) {
  constexpr size_t kBudgetsOfLaw = 4;  // three are through
  constexpr double kHuber = 1e-3;
  const Runs runs = TableOf(trials, count);
  const std::set<double> budgets(runs.budget.begin(), runs.budget.end());
  if (budgets.size() >= kBudgetsOfLaw) {
    const auto fit = FitRatioLaw(RatioData(runs), kHuber);
    if (fit.ok() && fit->converged) {
      return sheet.Regret([&](const SurfacePoint& place) {
        const double ln_loss = fit->law.LogLoss(
            place.ln_size, place.ln_flops - std::log(6) - place.ln_size,
            *place.ln_ratio);
        return std::isnan(ln_loss) ? std::numeric_limits<double>::infinity()
                                   : ln_loss;
      });
    }
  }
  return RegretOfTrend(runs, sheet, target_flops);
}

}  // namespace isoshape
