#include "search/optimum/history.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "scaling/laws/weak_prior.h"

namespace isoshape {
namespace {

// From so many runs on those of one place are merged.
constexpr size_t kManyRuns = 200;

auto PlaceOf(const OptimumRun& run) {
  return std::tuple(run.point.ln_flops, run.point.ln_size,
                    run.point.ln_ratio.value_or(0));
}

// Rows that follow one another at one place become one.
std::vector<SurfaceRow> Merged(const std::vector<SurfaceRow>& rows) {
  std::vector<SurfaceRow> merged;
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    SurfaceRow row = rows[begin];
    row.weight = 0;
    row.ln_loss = 0;
    double squares = 0;
    for (end = begin; end < rows.size(); ++end) {
      const SurfaceRow& one = rows[end];
      if (one.point.ln_flops != row.point.ln_flops ||
          one.point.ln_size != row.point.ln_size ||
          one.point.ln_ratio != row.point.ln_ratio) {
        break;
      }
      row.weight += one.weight;
      row.ln_loss += one.weight * one.ln_loss;
      squares += one.weight * one.ln_loss * one.ln_loss;
    }
    row.ln_loss /= row.weight;
    row.count = static_cast<int>(end - begin);
    row.scatter =
        std::max(0.0, squares / row.weight - row.ln_loss * row.ln_loss);
    merged.push_back(row);
  }
  return merged;
}

}  // namespace

SurfaceFrame OptimumQuestion::Frame() const {
  const double centre = (ln_low + ln_high) / 2;
  SurfaceFrame frame{.ln_low = ln_low, .ln_high = ln_high};
  frame.ln_best_size = ln_center_size ? *ln_center_size + (centre - ln_low) / 2
                                      : LnPriorSize(centre);
  frame.ln_best_ratio = ln_center_ratio.value_or(std::log(kPriorAspectRatio));
  return frame;
}

void SortHistory(std::vector<OptimumRun>& runs) {
  std::sort(runs.begin(), runs.end(),
            [](const OptimumRun& a, const OptimumRun& b) {
              const auto key = [](const OptimumRun& run) {
                return std::tuple_cat(
                    PlaceOf(run),
                    std::tuple(run.state, run.ln_loss, run.ended, run.weight));
              };
              return key(a) < key(b);
            });
}

double DropLastLoss(std::vector<OptimumRun>& runs) {
  auto last = runs.end();
  for (auto it = runs.begin(); it != runs.end(); ++it) {
    if (it->state != PastTrial::State::kSucceeded) continue;
    if (last == runs.end() || it->ended >= last->ended) last = it;
  }
  if (last == runs.end()) return 0;
  const double flops = std::exp(last->point.ln_flops);
  runs.erase(last);
  return flops;
}

SurfaceFit FitRuns(const std::vector<OptimumRun>& runs,
                   const SurfaceFrame& frame, const SurfaceEvidence* evidence) {
  std::vector<SurfaceRow> rows;
  for (const OptimumRun& run : runs) {
    if (run.state != PastTrial::State::kSucceeded) continue;
    SurfaceRow& row = rows.emplace_back();
    row.point = run.point;
    row.ln_loss = run.ln_loss;
    row.weight = run.weight;
  }
  if (rows.size() > kManyRuns) rows = Merged(rows);
  constexpr double kCrowdingRepeats = 4;
  SurfaceOptions options;
  options.crowding_repeats = kCrowdingRepeats;
  return SurfacePosteriorWith(evidence, rows, frame, options);
}

SurfaceFit FitHistory(const OptimumQuestion& question,
                      const std::vector<OptimumRun>& runs) {
  return FitRuns(runs, question.Frame(),
                 question.evidence ? &*question.evidence : nullptr);
}

}  // namespace isoshape
