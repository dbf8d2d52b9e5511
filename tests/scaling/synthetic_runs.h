#ifndef ISOSHAPE_TESTS_SCALING_SYNTHETIC_RUNS_H_
#define ISOSHAPE_TESTS_SCALING_SYNTHETIC_RUNS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "scaling/isoflop/isoflop.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// Loss of a run without noise, of size N and tokens D.
using LossLaw = std::function<double(double, double)>;

// Adds a run of 6 N D = budget FLOPs.
inline void AddRun(double budget, double size, double loss, Runs& runs,
                   double depth = 2, double width = 32) {
  runs.budget.push_back(budget);
  runs.size.push_back(size);
  runs.tokens.push_back(budget / 6 / size);
  runs.loss.push_back(loss);
  runs.depth.push_back(depth);
  runs.width.push_back(width);
}

// Adds a run like that of a row, which a test then changes.
inline void RepeatRun(size_t row, Runs& runs) {
  AddRun(runs.budget[row], runs.size[row], runs.loss[row], runs,
         runs.depth[row], runs.width[row]);
}

// The resamples of runs by budget.
inline Resampling ByBudget(const Runs& runs, int count, uint64_t seed = 0) {
  return *Resampling::CaseBootstrap(
      runs.rows(), {.count = count, .seed = seed, .strata = runs.budget});
}

// The one isoFLOP fit, with 200 resamples if nothing else is said.
inline absl::StatusOr<IsoflopFit> FitRuns(const Runs& runs, int resamples = 200,
                                          uint64_t seed = 0,
                                          const Execution& execution = {}) {
  return FitIsoflop(runs, ByBudget(runs, resamples, seed), {.seed = seed},
                    execution);
}

// The best size of a law at a compute, by search over 1e3..1e7.
inline double BestSize(const LossLaw& law, double budget) {
  double best = 0;
  double min_loss = INFINITY;
  for (double x = std::log(1e3); x < std::log(1e7); x += 0.002) {
    const double size = std::exp(x);
    const double loss = law(size, budget / 6 / size);
    if (loss < min_loss) {
      min_loss = loss;
      best = size;
    }
  }
  return best;
}

// Runs like the demo's: budgets 2.5e11, 7.5e11, ..., seven sizes over a factor
// of 25 about a centre that misses the optimum a little, one seed each.
inline Runs DemoRuns(const LossLaw& law, int budgets, double noise,
                     uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Runs runs;
  double budget = 2.5e11;
  for (int b = 0; b < budgets; ++b, budget *= 3) {
    const double centre =
        BestSize(law, budget) * std::exp(0.25 * normal(engine));
    for (int i = 0; i < 7; ++i) {
      const double size = centre * std::pow(25, (i - 3) / 6.0);
      AddRun(budget, size,
             law(size, budget / 6 / size) + noise * normal(engine), runs);
      runs.loss_stderr.push_back(0.003);
    }
  }
  return runs;
}

// `count` budgets from `first` on, each four times the one before.
inline std::vector<double> QuadruplingBudgets(double first, int count) {
  std::vector<double> budgets;
  for (double budget = first; count > 0; --count, budget *= 4) {
    budgets.push_back(budget);
  }
  return budgets;
}

// Nine sizes about a centre, each `factor` times the one before.
inline std::vector<double> SizesAround(double centre, double factor) {
  std::vector<double> sizes;
  for (int i = -4; i <= 4; ++i) sizes.push_back(centre * std::pow(factor, i));
  return sizes;
}

// Runs without a shape at the sizes of each budget; noise in ln loss.
inline Runs IsoflopRuns(
    const std::vector<double>& budgets,
    const std::function<std::vector<double>(double)>& sizes_at,
    const LossLaw& law, double noise, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Runs runs;
  for (const double budget : budgets) {
    for (const double size : sizes_at(budget)) {
      const double loss = law(size, budget / 6 / size);
      AddRun(budget, size, loss * std::exp(noise * normal(engine)), runs);
    }
  }
  runs.depth.clear();
  runs.width.clear();
  return runs;
}

// Hoffmann et al.'s form, with losses like those of a byte model.
inline double FlooredPowerLaw(double size, double tokens) {
  return 0.9 + 12 * std::pow(size, -0.34) + 60 * std::pow(tokens, -0.31);
}

// ln loss of the optimum falls ever more steeply, as that of small byte models
// does and that of no law.
inline double BendsDown(double size, double tokens) {
  const double step =
      std::max(0.0, std::log(6 * size * tokens / 2.5e11) / std::log(3));
  const double x = std::log(size / (25e3 * std::pow(3, 0.55 * step)));
  return std::exp(0.7275 - 0.121 * step - 0.0355 * step * step) *
         (1 + 0.12 * (std::cosh(x) - 1));
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SCALING_SYNTHETIC_RUNS_H_
