#include "simulate/replay.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "search/optimum/decision.h"
#include "search/optimum/history.h"

namespace isoshape {

namespace {

// `pool` has places.
OptimumQuestion QuestionOf(const ReplayPool& pool, double target_flops,
                           double tolerance) {
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
  return question;
}

OptimumRun RunOf(const ReplayPool& pool, size_t place, int64_t ended) {
  return {.point = pool.places[place],
          .state = PastTrial::State::kSucceeded,
          .ln_loss = pool.ln_loss[place],
          .ended = ended};
}

}  // namespace

double ReplayPool::flops() const {
  double sum = 0;
  for (const SurfacePoint& place : places) sum += std::exp(place.ln_flops);
  return sum;
}

ReplayPool PoolOf(const Runs& runs) {
  constexpr double kRatiosDiffer = 2;
  ReplayPool pool;
  const std::vector<double> flops = runs.TrainingFlops();
  std::vector<double> ratios;
  if (runs.has_shapes()) {
    for (size_t i = 0; i < runs.rows(); ++i) {
      ratios.push_back(runs.width[i] / runs.depth[i]);
    }
    const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
    if (!ratios.empty() && *high < kRatiosDiffer * *low) ratios.clear();
  }
  for (size_t i = 0; i < runs.rows(); ++i) {
    SurfacePoint& place = pool.places.emplace_back();
    place.ln_flops = std::log(flops[i]);
    place.ln_size = std::log(runs.size[i]);
    if (!ratios.empty()) place.ln_ratio = std::log(ratios[i]);
    pool.ln_loss.push_back(std::log(runs.loss[i]));
  }
  return pool;
}

void ReplayOptimum(const ReplayPool& pool, double target_flops,
                   double tolerance,
                   const std::function<bool(const ReplayStep&)>& on_step) {
  if (pool.places.empty()) return;
  const OptimumQuestion question = QuestionOf(pool, target_flops, tolerance);
  std::vector<OptimumRun> runs;
  while (true) {
    const OptimumDecision decision = Decide(question, runs);
    if (!on_step({.spent = decision.spent,
                  .runs = decision.losses,
                  .fit = decision.fit,
                  .bound = decision.bound(),
                  .certain = decision.certain})) {
      return;
    }
    if (decision.choices.empty()) return;
    for (const OptimumChoice& choice : decision.choices) {
      runs.push_back(
          RunOf(pool, choice.candidate, static_cast<int64_t>(runs.size())));
    }
  }
}

ReplayOutcome ReplayToTheEnd(const ReplayPool& pool, double target_flops,
                             double tolerance) {
  ReplayOutcome outcome;
  outcome.pool_flops = pool.flops();
  outcome.pool_runs = static_cast<int>(pool.places.size());
  if (pool.places.empty()) return outcome;
  const OptimumQuestion question = QuestionOf(pool, target_flops, tolerance);
  std::vector<OptimumRun> all;
  for (size_t i = 0; i < pool.places.size(); ++i) {
    all.push_back(RunOf(pool, i, static_cast<int64_t>(i)));
  }
  SortHistory(all);
  const Surface truth = FitHistory(question, all).surface;
  const double ln_target = question.ln_target;
  outcome.ln_size_of_all = truth.LnBestSize(ln_target);
  const double ln_least = truth.LnLeastLoss(ln_target);
  ReplayOptimum(pool, target_flops, tolerance, [&](const ReplayStep& step) {
    if (step.runs == 0) return true;
    const Surface& surface = step.fit.surface;
    SurfacePoint answer = {.ln_flops = ln_target,
                           .ln_size = surface.LnBestSize(ln_target)};
    if (question.with_ratios) {
      answer.ln_ratio = surface.LnBestRatio(answer.ln_size);
    }
    outcome.ln_size = answer.ln_size;
    outcome.regret = std::expm1(truth.LogLoss(answer) - ln_least);
    if (!(outcome.regret <= tolerance)) {
      outcome.right_flops = std::numeric_limits<double>::infinity();
    } else if (std::isinf(outcome.right_flops)) {
      outcome.right_flops = step.spent;
    }
    if (step.certain) {
      outcome.certain_flops = step.spent;
      outcome.certain_runs = step.runs;
    }
    return !step.certain;
  });
  return outcome;
}

}  // namespace isoshape
