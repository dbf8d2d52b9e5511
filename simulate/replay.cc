#include "simulate/replay.h"

#include <algorithm>
#include <cmath>

#include "search/optimum/decision.h"

namespace isoshape {

double ReplayPool::flops() const {
  double sum = 0;
  for (const SurfacePoint& place : places) sum += std::exp(place.ln_flops);
  return sum;
}

void ReplayOptimum(const ReplayPool& pool, double target_flops,
                   double tolerance,
                   const std::function<bool(const ReplayStep&)>& on_step) {
  if (pool.places.empty()) return;
  const auto [low, high] =
      std::minmax_element(pool.places.begin(), pool.places.end(),
                          [](const SurfacePoint& a, const SurfacePoint& b) {
                            return a.ln_flops < b.ln_flops;
                          });
  OptimumQuestion question{.ln_low = low->ln_flops,
                           .ln_high = high->ln_flops,
                           .ln_target = std::log(target_flops),
                           .tolerance = tolerance,
                           .with_ratios = low->ln_ratio.has_value(),
                           .repeats = false};
  for (const SurfacePoint& place : pool.places) {
    question.candidates.push_back({place, std::exp(place.ln_flops)});
  }
  std::vector<OptimumRun> runs;
  while (true) {
    const OptimumDecision decision = Decide(question, runs);
    if (!on_step({.spent = decision.spent,
                  .runs = decision.losses,
                  .fit = decision.fit,
                  .bound = decision.bound()})) {
      return;
    }
    if (decision.choices.empty()) return;
    for (const OptimumChoice& choice : decision.choices) {
      runs.push_back({.point = pool.places[choice.candidate],
                      .state = PastTrial::State::kSucceeded,
                      .ln_loss = pool.ln_loss[choice.candidate],
                      .ended = static_cast<int64_t>(runs.size())});
    }
  }
}

}  // namespace isoshape
