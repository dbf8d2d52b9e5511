#include "scaling/isoflop.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_format.h"
#include "scaling/intervals.h"
#include "scaling/run_noise.h"
#include "scaling/size_optimum.h"
#include "scaling/student_t.h"

namespace isoshape {
namespace {

using Options = IsoflopOptions;

OptimumRule Rule(const Options& options) {
  OptimumRule rule;
  rule.log_loss = false;
  rule.window_factor = options.window_factor;
  rule.least_sizes = options.least_sizes;
  rule.accept_outside = options.window == Options::Window::kFullRange;
  rule.method = rule.accept_outside ? OptimumMethod::kFullRange
                                    : OptimumMethod::kNearMinimum;
  return rule;
}

// Standard deviation of a run about the curves; else the held-out error.
void SetNoise(const std::vector<SizeOptimum>& optima, IsoflopFit& fit) {
  RunNoise noise;
  double held_out = 0;
  for (size_t i = 0; i < fit.budgets.size(); ++i) {
    const SizeCurve& curve = fit.budgets[i].curve;
    held_out += curve.mean_loss_stderr;
    noise.AddSeeds(curve);
    if (fit.budgets[i].bracketed()) noise.AddResiduals(optima[i].parabola);
  }
  if (noise.known()) {
    fit.noise = noise.deviation();
    fit.noise_degrees_of_freedom = noise.degrees_of_freedom();
  } else if (!fit.budgets.empty()) {
    fit.noise = held_out / static_cast<double>(fit.budgets.size());
  }
}

void SetIntervals(const SizeOptimum& optimum, const Options& options,
                  BudgetFit& budget) {
  budget.size = Exp(PercentileInterval(
      optimum.ln_size, budget.log_size_resamples, options.level));
  OpenAtEdges(budget.min_size(), budget.max_size(), budget.size);
  const double product = budget.curve.budget / 6;
  budget.tokens.value = product / budget.size.value;
  if (budget.size.upper) budget.tokens.lower = product / *budget.size.upper;
  if (budget.size.lower) budget.tokens.upper = product / *budget.size.lower;
  budget.loss = Exp(PercentileInterval(
      std::log(optimum.loss), budget.log_loss_resamples, options.level));
}

void FitTrends(IsoflopFit& fit) {
  std::vector<double> ln_c, ln_size, ln_tokens, ln_loss;
  std::vector<std::vector<double>> token_resamples;
  for (const int i : fit.Bracketed()) {
    const BudgetFit& budget = fit.budgets[i];
    ln_c.push_back(std::log(budget.curve.budget));
    ln_size.push_back(std::log(budget.size.value));
    ln_tokens.push_back(std::log(budget.tokens.value));
    ln_loss.push_back(std::log(budget.loss.value));
    std::vector<double>& tokens = token_resamples.emplace_back();
    for (const double value : budget.log_size_resamples) {
      tokens.push_back(ln_c.back() - std::log(6.0) - value);
    }
  }
  if (ln_c.size() < 2) {
    fit.warnings.push_back(absl::StrFormat(
        "no trend: it needs 2 budgets with a bracketed optimum and there are "
        "%d; run more budgets or sizes",
        ln_c.size()));
    return;
  }
  std::vector<const std::vector<double>*> sizes, tokens, losses;
  size_t k = 0;
  for (const int i : fit.Bracketed()) {
    sizes.push_back(&fit.budgets[i].log_size_resamples);
    tokens.push_back(&token_resamples[k++]);
    losses.push_back(&fit.budgets[i].log_loss_resamples);
  }
  const double level = fit.options.level;
  fit.size = FitLogTrend(ln_c, ln_size, sizes, level);
  fit.tokens = FitLogTrend(ln_c, ln_tokens, tokens, level);
  fit.loss = FitLogTrend(ln_c, ln_loss, losses, level);
  if (ln_c.size() == 2) {
    fit.warnings.push_back(
        "two budgets: a straight line through two points cannot show whether "
        "the trend bends; run a third budget");
  }
  if (fit.size->scatter > 2) {
    fit.warnings.push_back(absl::StrFormat(
        "optimal sizes scatter %.1f times as far about their trend as noise "
        "explains; intervals are widened by that",
        fit.size->scatter));
  }
}

absl::Status CheckOptions(const Options& options) {
  if (!(options.level > 0 && options.level < 1)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "level %g is not between 0 and 1; 0.95 is usual", options.level));
  }
  if (options.resamples < 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "resamples %d is negative; 1000 is usual", options.resamples));
  }
  if (!(options.window_factor > 1) || options.least_sizes < 3) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "window_factor %g must be above 1 and least_sizes %d at least 3",
        options.window_factor, options.least_sizes));
  }
  if (!(options.max_budget >= 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_budget %g is negative; use 0 for all", options.max_budget));
  }
  return absl::OkStatus();
}

std::string MethodText(const IsoflopFit& fit) {
  const Options& options = fit.options;
  std::string text =
      options.window == Options::Window::kFullRange
          ? "parabola of loss over ln size through all sizes, equal weights"
          : absl::StrFormat(
                "parabola of loss over ln size with tricube weights about the "
                "least loss (factor %g, at least %d sizes), best aspect ratio "
                "at each size",
                options.window_factor, options.least_sizes);
  if (options.resamples == 0) return text;
  absl::StrAppendFormat(
      &text,
      "; intervals by bootstrap of the losses about the parabolas, %d "
      "resamples, percentile; noise of a run %.2g nats (%s)",
      options.resamples, fit.noise,
      fit.noise_degrees_of_freedom > 0
          ? absl::StrFormat("residuals and seeds, %d degrees of freedom",
                            fit.noise_degrees_of_freedom)
          : std::string("held-out error"));
  return text;
}

}  // namespace

std::vector<int> IsoflopFit::Bracketed() const {
  std::vector<int> indices;
  for (size_t i = 0; i < budgets.size(); ++i) {
    if (budgets[i].bracketed()) indices.push_back(static_cast<int>(i));
  }
  return indices;
}

absl::StatusOr<IsoflopFit> FitIsoflop(const std::vector<ScalingPoint>& points,
                                      const IsoflopOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  auto curves = MakeSizeCurves(points);
  if (!curves.ok()) return curves.status();
  IsoflopFit fit;
  fit.options = options;
  const OptimumRule rule = Rule(options);
  std::vector<SizeOptimum> optima;
  bool any_three = false;
  bool any_difference = false;
  for (SizeCurve& curve : *curves) {
    if (options.max_budget > 0 && curve.budget > options.max_budget) continue;
    BudgetFit& budget = fit.budgets.emplace_back();
    budget.curve = std::move(curve);
    const CurveColumns columns = Columns(budget.curve);
    SizeOptimum optimum = FindSizeOptimum(columns, rule);
    budget.problem = optimum.problem;
    budget.on_edge = optimum.on_edge;
    budget.parabola = optimum.parabola.coefficients;
    const auto best =
        std::min_element(budget.curve.points.begin(), budget.curve.points.end(),
                         [](const SizePoint& a, const SizePoint& b) {
                           return a.best.loss < b.best.loss;
                         });
    budget.best_measured_loss = best->best.loss;
    budget.best_aspect_ratio = best->best.aspect_ratio();
    optima.push_back(std::move(optimum));
    fit.runs += budget.curve.runs;
    any_three |= columns.loss.size() >= 3;
    any_difference |=
        columns.loss.size() >= 3 &&
        *std::max_element(columns.loss.begin(), columns.loss.end()) >
            budget.best_measured_loss;
  }
  if (fit.budgets.empty()) {
    return absl::FailedPreconditionError(
        points.empty() ? "no trial has succeeded yet; wait for results"
                       : absl::StrFormat("no budget is at or below %g FLOPs; "
                                         "raise max_budget",
                                         options.max_budget));
  }
  if (!any_three) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no budget has 3 sizes (%d runs at %d budgets): a parabola needs 3; "
        "run more sizes",
        fit.runs, fit.budgets.size()));
  }
  if (!any_difference) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "all losses of a budget are equal (%g): nothing to fit; check what the "
        "trainer reports",
        fit.budgets.front().best_measured_loss));
  }
  SetNoise(optima, fit);
  const double spread =
      fit.noise * StudentSpread(options.level, fit.noise_degrees_of_freedom);
  for (size_t i = 0; i < fit.budgets.size(); ++i) {
    BudgetFit& budget = fit.budgets[i];
    if (!budget.bracketed()) {
      fit.warnings.push_back(
          absl::StrFormat("budget %.4g FLOPs is left out of the trends: %s",
                          budget.curve.budget, budget.problem));
      continue;
    }
    if (options.resamples > 0 && spread > 0) {
      const CurveColumns columns = Columns(budget.curve);
      std::vector<double> deviations;
      for (const double runs : columns.runs) {
        deviations.push_back(spread / std::sqrt(runs));
      }
      // A stream of its own for each budget, so that adding one changes none.
      OptimumDraws draws =
          DrawOptima(columns, rule, deviations, options.resamples,
                     options.seed * 0x9E3779B97F4A7C15 + i + 1);
      budget.log_size_resamples = std::move(draws.ln_size);
      budget.log_loss_resamples = std::move(draws.ln_loss);
    }
    SetIntervals(optima[i], options, budget);
    std::string off_centre = OffCentre(budget.size.value, budget.min_size(),
                                       budget.max_size(), rule.method);
    if (!off_centre.empty()) {
      fit.warnings.push_back(absl::StrFormat("budget %.4g FLOPs: %s",
                                             budget.curve.budget, off_centre));
    }
  }
  if (options.resamples > 0 && spread <= 0 && !fit.Bracketed().empty()) {
    fit.warnings.push_back(
        "no intervals: the losses leave no residual and no held-out error is "
        "known; run more sizes or seeds");
  }
  FitTrends(fit);
  fit.method = MethodText(fit);
  return fit;
}

}  // namespace isoshape
