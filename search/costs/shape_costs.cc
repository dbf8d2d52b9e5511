#include "search/costs/shape_costs.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "scaling/runs/budget_levels.h"
#include "search/problem.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

std::optional<double> CostIn(const MeasuredCosts& card, CostOfShape cost) {
  switch (cost) {
    case CostOfShape::kDecodeSeconds:
      return card.decode_seconds;
    case CostOfShape::kPeakMemoryBytes:
      return card.peak_memory_bytes;
    case CostOfShape::kStepSeconds:
      return card.step_seconds;
    case CostOfShape::kParameters:
      return std::nullopt;
  }
  return std::nullopt;
}

struct Measured {
  Shape shape;
  int64_t tokens_per_step = 0;
  double value = 0;
};

// By budget, since a step has as many tokens as its budget says; of budgets and
// options of a user's own nothing is taken.
std::vector<Measured> MeasuredIn(CostOfShape cost, const SearchProblem& problem,
                                 const std::vector<PastTrial>& history) {
  std::vector<Measured> measured;
  for (const PastTrial& trial : history) {
    const double value = CostIn(trial.costs, cost).value_or(0);
    if (!(std::isfinite(value) && value > 0)) continue;
    if (!HasOptionsOf(problem.space, trial.shape)) continue;
    for (size_t b = 0; b < problem.budgets.size(); ++b) {
      if (!SameBudget(trial.budget_flops, problem.budgets[b])) continue;
      measured.push_back({trial.shape, problem.tokens_per_step[b], value});
    }
  }
  // Sums then do not depend on the order of the history.
  const auto key = [](const Measured& one) {
    return std::tuple(one.value, one.shape.depth, one.shape.width,
                      one.shape.ffn_width, one.tokens_per_step);
  };
  std::sort(
      measured.begin(), measured.end(),
      [&](const Measured& a, const Measured& b) { return key(a) < key(b); });
  return measured;
}

}  // namespace

const char* NameOf(CostOfShape cost) {
  switch (cost) {
    case CostOfShape::kDecodeSeconds:
      return "decode seconds";
    case CostOfShape::kPeakMemoryBytes:
      return "peak memory bytes";
    case CostOfShape::kParameters:
      return "parameters";
    case CostOfShape::kStepSeconds:
      return "step seconds";
  }
  return "";
}

ShapeCosts::ShapeCosts(CostOfShape cost, const SearchProblem& problem,
                       const std::vector<PastTrial>& history)
    : cost_(cost), problem_(problem) {
  if (cost == CostOfShape::kParameters) return;
  const std::vector<Measured> all = MeasuredIn(cost, problem, history);
  if (cost == CostOfShape::kDecodeSeconds) {
    std::vector<MeasuredDecode> decodes;
    for (const Measured& one : all) {
      decodes.push_back({one.shape, one.value});
    }
    absl::StatusOr<DecodeLatency> fit = FitDecodeLatency(decodes);
    if (fit.ok()) latency_ = *std::move(fit);
  }
  std::map<Key, std::pair<double, int>> sums;
  std::vector<LogLinear::Row> rows;
  for (const Measured& one : all) {
    auto& [sum, count] = sums[KeyOf(one.shape, one.tokens_per_step)];
    sum += std::log(one.value);
    ++count;
    rows.push_back({.x = FiguresOf(one.shape, one.tokens_per_step),
                    .ln_y = std::log(one.value)});
  }
  for (const auto& [key, sum] : sums) measured_[key] = sum.first / sum.second;
  model_.emplace(std::move(rows), Prior());
}

ShapeCosts::Key ShapeCosts::KeyOf(const Shape& shape,
                                  int64_t tokens_per_step) const {
  // How long a token takes does not depend on how it was trained.
  return {shape.depth, shape.width, shape.ffn_width,
          cost_ == CostOfShape::kDecodeSeconds ? 0 : tokens_per_step};
}

LogLinear::Figures ShapeCosts::FiguresOf(const Shape& shape,
                                         int64_t tokens_per_step) const {
  double by_arithmetic = 1;
  switch (cost_) {
    case CostOfShape::kDecodeSeconds:
      by_arithmetic =
          latency_ ? latency_->At(shape) : ValuesReadPerToken(shape);
      break;
    case CostOfShape::kPeakMemoryBytes:
      by_arithmetic = static_cast<double>(
          EstimateTrainingMemory(shape, tokens_per_step).total());
      break;
    case CostOfShape::kStepSeconds:
      by_arithmetic =
          TrainingFlopsPerToken(shape) * static_cast<double>(tokens_per_step);
      break;
    case CostOfShape::kParameters:
      by_arithmetic = static_cast<double>(CountParameters(shape).total());
      break;
  }
  return {std::log(by_arithmetic), std::log(AspectRatio(shape)), 0};
}

LogLinear::Prior ShapeCosts::Prior() const {
  // A fitted law of latency and an estimate of memory are about right; numbers
  // that are read and FLOPs say less, as small layers are waited for and not
  // computed, and deep shapes have many.
  if (latency_ || cost_ == CostOfShape::kPeakMemoryBytes) {
    return {.mean = {1, 0, 0}, .deviation = {0.2, 0.2, 0}, .noise = 0.05};
  }
  return {.mean = {0.7, -0.2, 0}, .deviation = {0.3, 0.3, 0}, .noise = 0.1};
}

ShapeCosts::Estimate ShapeCosts::At(const Shape& shape, size_t budget) const {
  const int64_t step = problem_.tokens_per_step[budget];
  const LogLinear::Figures figures = FiguresOf(shape, step);
  if (!model_) return {.mean = figures[0], .deviation = 0};
  const auto found = measured_.find(KeyOf(shape, step));
  if (found != measured_.end()) return {.mean = found->second, .deviation = 0};
  Estimate estimate = model_->At(figures);
  // Before anything is measured no unit is known either, so shapes compare by
  // arithmetic alone.
  if (measured_.empty()) estimate.deviation = model_->noise();
  return estimate;
}

}  // namespace isoshape
