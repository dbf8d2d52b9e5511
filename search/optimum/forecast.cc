#include "search/optimum/forecast.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

#include "search/optimum/decision.h"
#include "search/optimum/history.h"

namespace isoshape {
namespace {

// After so many losses forecasts may end it: those before each of so many of
// the last losses, and without each of so many that are furthest off.
constexpr int kEnoughLosses = 20;
constexpr int kLastLosses = 2;
constexpr size_t kFurthestLosses = 4;
constexpr double kTargetRuns = 10;

bool TakesTooMuch(const OptimumQuestion& question,
                  const OptimumDecision& decision,
                  const OptimumForecast& forecast) {
  return AtLeast(question, decision, forecast) >
         kTargetRuns * std::exp(question.ln_target);
}

// The same by other runs, of which none waits; sorted.
bool WouldTakeTooMuch(const OptimumQuestion& question,
                      const std::vector<OptimumRun>& runs, double spent) {
  OptimumDecision decision;
  decision.spent = spent;
  decision.fit = FitHistory(question, runs);
  return TakesTooMuch(
      question, decision,
      Forecast(question, runs, decision, kUnlimited, kLaterForecastRuns));
}

// Places in `runs` of the losses that are furthest from the surface, by what
// they count in its fit: one of small weight moves it little, however far off.
std::vector<size_t> FurthestLosses(const std::vector<OptimumRun>& runs,
                                   const Surface& surface) {
  std::vector<std::pair<double, size_t>> off;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].state != PastTrial::State::kSucceeded) continue;
    const double distance = runs[i].ln_loss - surface.LogLoss(runs[i].point);
    off.emplace_back(-std::sqrt(runs[i].weight) * std::abs(distance), i);
  }
  std::sort(off.begin(), off.end());
  std::vector<size_t> furthest;
  for (size_t k = 0; k < std::min(kFurthestLosses, off.size()); ++k) {
    furthest.push_back(off[k].second);
  }
  return furthest;
}

}  // namespace

OptimumForecast Forecast(const OptimumQuestion& question,
                         const std::vector<OptimumRun>& runs,
                         const OptimumDecision& decision, double max_flops,
                         int max_runs) {
  OptimumChooser chooser(question, runs, decision.fit);
  OptimumForecast forecast;
  for (const OptimumRun& run : runs) {
    if (run.waits()) chooser.Add(run.point);
  }
  forecast.flops = decision.in_flight;
  const auto enough = [&] {
    return OptimumDecision::kBound * chooser.regret() <= question.tolerance;
  };
  for (int added = 0; added < max_runs && !enough(); ++added) {
    const double cap = MostInFlight(question, decision.spent + forecast.flops);
    const auto best =
        chooser.Best(kFlopsSlack * std::min(cap, max_flops - forecast.flops));
    if (!best) break;
    chooser.Take(*best);
    forecast.flops += std::exp(question.candidates[*best].point.ln_flops);
  }
  forecast.regret = chooser.regret();
  forecast.enough = enough();
  return forecast;
}

OptimumForecast ForecastAtNoise(const OptimumQuestion& question,
                                const OptimumDecision& decision, double noise) {
  OptimumDecision other;
  other.fit = decision.fit;
  other.fit.noise = noise;
  other.fit.crowding = LeastCrowding(SurfaceOptions(), noise);
  return Forecast(question, {}, other, kUnlimited, kForecastRuns);
}

double AtLeast(const OptimumQuestion& question, const OptimumDecision& decision,
               const OptimumForecast& forecast) {
  if (forecast.enough) return forecast.flops;
  const double short_by =
      OptimumDecision::kBound * forecast.regret / question.tolerance;
  return (decision.spent + forecast.flops) * short_by - decision.spent;
}

bool TooDear(const OptimumQuestion& question,
             const std::vector<OptimumRun>& runs,
             const OptimumDecision& decision, const OptimumForecast& forecast) {
  if (decision.losses < kEnoughLosses ||
      !TakesTooMuch(question, decision, forecast)) {
    return false;
  }
  std::vector<OptimumRun> ended;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(ended),
               [](const OptimumRun& run) { return !run.waits(); });
  SortHistory(ended);
  for (const size_t one : FurthestLosses(ended, decision.fit.surface)) {
    std::vector<OptimumRun> others = ended;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(one));
    if (!WouldTakeTooMuch(question, others, decision.spent)) return false;
  }
  double spent = decision.spent;
  for (int before = 0; before < kLastLosses; ++before) {
    spent -= DropLastLoss(ended);
    if (!WouldTakeTooMuch(question, ended, spent)) return false;
  }
  return true;
}

}  // namespace isoshape
