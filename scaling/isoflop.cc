#include "scaling/isoflop.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <random>
#include <utility>

#include "absl/strings/str_format.h"
#include "scaling/intervals.h"
#include "scaling/parabola.h"
#include "scaling/student_t.h"

namespace isoshape {
namespace {

using Options = IsoflopOptions;

// A curve as the parabola sees it.
struct Abscissae {
  std::vector<double> ln_size, loss, runs;
};

Abscissae Columns(const SizeCurve& curve) {
  Abscissae columns;
  for (const SizePoint& point : curve.points) {
    columns.ln_size.push_back(std::log(point.best.size));
    columns.loss.push_back(point.best.loss);
    columns.runs.push_back(point.best.runs);
  }
  return columns;
}

std::vector<double> Weights(const Abscissae& columns,
                            const std::vector<double>& loss,
                            const Options& options) {
  if (options.window == Options::Window::kFullRange) {
    return std::vector<double>(loss.size(), 1);
  }
  std::vector<double> weights =
      WindowWeights(columns.ln_size, loss, std::log(options.window_factor),
                    options.least_sizes);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] *= columns.runs[i];
  return weights;
}

// Returns why the curve has no optimum, or an empty string.
std::string Problem(const Abscissae& columns, const Parabola& parabola,
                    const Options& options, bool& on_edge) {
  const std::vector<double>& loss = columns.loss;
  if (loss.size() < 3) {
    return absl::StrFormat(
        "%d sizes were measured and a parabola needs 3; run more sizes",
        loss.size());
  }
  const auto [least, most] = std::minmax_element(loss.begin(), loss.end());
  if (*least == *most) {
    return absl::StrFormat("all %d losses are equal, %g: nothing to choose by",
                           loss.size(), *least);
  }
  const bool bracketing = options.window == Options::Window::kNearMinimum;
  const bool at_smallest = least == loss.begin();
  const bool at_largest = least == loss.end() - 1;
  const double smallest = std::exp(columns.ln_size.front());
  const double largest = std::exp(columns.ln_size.back());
  if (bracketing && (at_smallest || at_largest)) {
    on_edge = true;
    return absl::StrFormat(
        "the least loss is at the %s size tried, %.4g; run %s sizes",
        at_smallest ? "smallest" : "largest", at_smallest ? smallest : largest,
        at_smallest ? "smaller" : "larger");
  }
  if (!parabola.minimum) {
    return "the loss does not bend upwards about its least value: noise hides "
           "the optimum; run more sizes or seeds";
  }
  if (bracketing && (parabola.vertex_x <= columns.ln_size.front() ||
                     parabola.vertex_x >= columns.ln_size.back())) {
    on_edge = true;
    return absl::StrFormat(
        "the parabola's minimum, %.4g, lies outside the sizes tried, "
        "%.4g..%.4g; run sizes about it",
        std::exp(parabola.vertex_x), smallest, largest);
  }
  if (parabola.vertex_y <= 0) {
    return absl::StrFormat(
        "the parabola's least loss, %g, is not positive: the sizes are too far "
        "apart; run sizes nearer to the best",
        parabola.vertex_y);
  }
  return "";
}

// A normal deviate by Box and Muller, the same on every platform.
class Normal {
 public:
  explicit Normal(uint64_t seed) : engine_(seed) {}
  double operator()() {
    const double radius = std::sqrt(-2 * std::log(Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }

 private:
  // In (0, 1).
  double Uniform() {
    return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1.0p-53;
  }
  std::mt19937_64 engine_;
};

// Standard deviation of a run about the curves: residuals about the parabolas
// and spread between seeds, pooled; else the held-out error.
void EstimateNoise(const std::vector<Parabola>& parabolas, IsoflopFit& fit) {
  double sum = 0;
  double expected = 0;
  double held_out = 0;
  int curves = 0;
  for (size_t i = 0; i < fit.budgets.size(); ++i) {
    const SizeCurve& curve = fit.budgets[i].curve;
    sum += curve.seed_sum_of_squares;
    expected += curve.seed_degrees_of_freedom;
    held_out += curve.mean_loss_stderr;
    ++curves;
    if (!fit.budgets[i].bracketed() || parabolas[i].points < 4) continue;
    sum += parabolas[i].weighted_sum_of_squares;
    expected += parabolas[i].expected_sum_of_squares;
  }
  if (expected >= 0.5) {
    fit.noise = std::sqrt(sum / expected);
    fit.noise_degrees_of_freedom = std::max(1, static_cast<int>(expected));
  } else {
    fit.noise = held_out / std::max(1, curves);
  }
}

// Draws the losses inside the window anew about the parabola, and finds the
// optimum as it was found in the data, window and all.
void Resample(const Parabola& parabola, double noise, const Options& options,
              Normal& normal, BudgetFit& budget) {
  const Abscissae columns = Columns(budget.curve);
  const std::vector<double> window = Weights(columns, columns.loss, options);
  const double low = columns.ln_size.front();
  const double high = columns.ln_size.back();
  std::vector<double> loss = columns.loss;
  for (int r = 0; r < options.resamples; ++r) {
    for (size_t i = 0; i < loss.size(); ++i) {
      const double deviate = normal();
      if (window[i] <= 0) continue;
      loss[i] = parabola.At(columns.ln_size[i]) +
                noise * deviate / std::sqrt(columns.runs[i]);
    }
    const Parabola drawn =
        FitParabola(columns.ln_size, loss, Weights(columns, loss, options));
    double ln_size = drawn.vertex_x;
    double value = drawn.vertex_y;
    if (!drawn.minimum) {
      const auto least = std::min_element(loss.begin(), loss.end());
      ln_size = columns.ln_size[least - loss.begin()];
      value = *least;
    } else if (options.window == Options::Window::kNearMinimum &&
               (ln_size < low || ln_size > high)) {
      ln_size = std::clamp(ln_size, low, high);
      value = drawn.At(ln_size);
    }
    budget.log_size_resamples.push_back(ln_size);
    budget.log_loss_resamples.push_back(std::log(std::max(value, 1e-12)));
  }
}

Interval Exp(Interval interval) {
  interval.value = std::exp(interval.value);
  if (interval.lower) interval.lower = std::exp(*interval.lower);
  if (interval.upper) interval.upper = std::exp(*interval.upper);
  return interval;
}

void SetIntervals(const Parabola& parabola, const Options& options,
                  BudgetFit& budget) {
  Interval ln_size = PercentileInterval(
      parabola.vertex_x, budget.log_size_resamples, options.level);
  budget.size = Exp(ln_size);
  // An end at the edge of the sizes tried is where the resamples were cut off.
  if (budget.size.lower && *budget.size.lower <= budget.min_size() * 1.0001) {
    budget.size.lower.reset();
  }
  if (budget.size.upper && *budget.size.upper >= budget.max_size() * 0.9999) {
    budget.size.upper.reset();
  }
  const double product = budget.curve.budget / 6;
  budget.tokens.value = product / budget.size.value;
  if (budget.size.upper) budget.tokens.lower = product / *budget.size.upper;
  if (budget.size.lower) budget.tokens.upper = product / *budget.size.lower;
  budget.loss = Exp(PercentileInterval(
      std::log(parabola.vertex_y), budget.log_loss_resamples, options.level));
}

void WarnOffCentre(const Options& options, const BudgetFit& budget,
                   std::vector<std::string>& warnings) {
  const double low = std::log(budget.min_size());
  const double high = std::log(budget.max_size());
  const double place = (std::log(budget.size.value) - low) / (high - low);
  // The window re-centres itself; a parabola over everything does not.
  const double margin =
      options.window == Options::Window::kFullRange ? 0.35 : 0.25;
  if (place > margin && place < 1 - margin) return;
  warnings.push_back(absl::StrFormat(
      "budget %.4g FLOPs: the optimal size, %.4g, is off the centre of the "
      "sizes tried, %.4g..%.4g, which biases a parabola; run more %s sizes",
      budget.curve.budget, budget.size.value, budget.min_size(),
      budget.max_size(), place <= margin ? "smaller" : "larger"));
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
  std::vector<Parabola> parabolas;
  bool any_three = false;
  bool any_difference = false;
  for (SizeCurve& curve : *curves) {
    if (options.max_budget > 0 && curve.budget > options.max_budget) continue;
    BudgetFit& budget = fit.budgets.emplace_back();
    budget.curve = std::move(curve);
    const Abscissae columns = Columns(budget.curve);
    const Parabola parabola = FitParabola(
        columns.ln_size, columns.loss, Weights(columns, columns.loss, options));
    budget.problem = Problem(columns, parabola, options, budget.on_edge);
    budget.parabola = parabola.coefficients;
    const auto best =
        std::min_element(budget.curve.points.begin(), budget.curve.points.end(),
                         [](const SizePoint& a, const SizePoint& b) {
                           return a.best.loss < b.best.loss;
                         });
    budget.best_measured_loss = best->best.loss;
    budget.best_aspect_ratio = best->best.aspect_ratio();
    parabolas.push_back(parabola);
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
  EstimateNoise(parabolas, fit);
  // With few degrees of freedom the noise itself is uncertain: resamples are
  // spread so that their quantiles are those of Student's t.
  double spread = fit.noise;
  if (fit.noise_degrees_of_freedom > 0) {
    spread *= StudentTTwoSided(options.level, fit.noise_degrees_of_freedom) /
              NormalTwoSided(options.level);
  }
  for (size_t i = 0; i < fit.budgets.size(); ++i) {
    BudgetFit& budget = fit.budgets[i];
    if (!budget.bracketed()) {
      fit.warnings.push_back(
          absl::StrFormat("budget %.4g FLOPs is left out of the trends: %s",
                          budget.curve.budget, budget.problem));
      continue;
    }
    if (options.resamples > 0 && spread > 0) {
      // A stream of its own for each budget, so that adding one changes none.
      Normal normal(options.seed * 0x9E3779B97F4A7C15 + i + 1);
      Resample(parabolas[i], spread, options, normal, budget);
    }
    SetIntervals(parabolas[i], options, budget);
    WarnOffCentre(options, budget, fit.warnings);
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
