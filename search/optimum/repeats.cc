#include "search/optimum/repeats.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/optimum/history.h"

namespace isoshape {
namespace {

// Scatter that is this factor above the usual is worth to be looked into.
constexpr double kLoud = 2;
constexpr int kFirstRepeats = 4;
constexpr double kFirstMaxBudget = 3.3;  // in units of the smallest
constexpr int kRunsForEachRepeat = 3;

bool Counts(const OptimumRun& run) {
  return run.waits() || run.state == PastTrial::State::kSucceeded;
}

}  // namespace

bool SamePlace(const SurfacePoint& a, const SurfacePoint& b) {
  constexpr double kRounding = 1e-9;
  return std::abs(a.ln_flops - b.ln_flops) < kRounding &&
         std::abs(a.ln_size - b.ln_size) < kRounding &&
         std::abs(a.ln_ratio.value_or(0) - b.ln_ratio.value_or(0)) < kRounding;
}

PureError PureErrorOf(std::vector<OptimumRun> runs) {
  std::erase_if(runs, [](const OptimumRun& run) {
    return run.state != PastTrial::State::kSucceeded;
  });
  SortHistory(runs);
  PureError error;
  double squares = 0;
  for (size_t begin = 0, end = 0; begin < runs.size(); begin = end) {
    double sum = 0;
    for (; end < runs.size() && SamePlace(runs[begin].point, runs[end].point);
         ++end) {
      sum += runs[end].ln_loss;
    }
    const double mean = sum / static_cast<double>(end - begin);
    for (size_t i = begin; i < end; ++i) {
      squares += (runs[i].ln_loss - mean) * (runs[i].ln_loss - mean);
    }
    error.degrees += static_cast<int>(end - begin) - 1;
  }
  if (error.degrees > 0) error.deviation = std::sqrt(squares / error.degrees);
  return error;
}

void Repeats::Take(size_t candidate) {
  --wanted;
  candidates.erase(std::remove(candidates.begin(), candidates.end(), candidate),
                   candidates.end());
}

Repeats RepeatsWanted(const OptimumQuestion& question,
                      const std::vector<OptimumRun>& runs,
                      const OptimumDecision& decision) {
  Repeats repeats;
  if (!question.repeats ||
      decision.fit.noise <= kLoud * SurfaceOptions().noise_prior) {
    return repeats;
  }
  std::vector<SurfacePoint> once;
  int made = 0;
  const SurfacePoint* last = nullptr;
  bool last_is_alone = false;
  for (const OptimumRun& run : runs) {
    if (!Counts(run)) continue;
    if (last != nullptr && SamePlace(*last, run.point)) {
      ++made;
      if (last_is_alone) once.pop_back();
      last_is_alone = false;
      continue;
    }
    last = &run.point;
    last_is_alone = !run.waits();
    if (last_is_alone) once.push_back(run.point);
  }
  repeats.wanted =
      std::max(kFirstRepeats, decision.losses / kRunsForEachRepeat) - made;
  repeats.max_flops = made < kFirstRepeats
                          ? kFirstMaxBudget * std::exp(question.ln_low)
                          : std::numeric_limits<double>::infinity();
  if (repeats.wanted <= 0) return repeats;
  for (size_t i = 0; i < question.candidates.size(); ++i) {
    const bool was_run_once =
        std::any_of(once.begin(), once.end(), [&](const SurfacePoint& one) {
          return SamePlace(one, question.candidates[i].point);
        });
    if (was_run_once) repeats.candidates.push_back(i);
  }
  return repeats;
}

}  // namespace isoshape
