#include "scaling/isoflop/isoflop.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "scaling/isoflop/optimum_bootstrap.h"
#include "scaling/isoflop/run_noise.h"
#include "scaling/isoflop/size_optimum.h"
#include "scaling/statistics/resampling.h"
#include "scaling/statistics/student_t.h"

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

// Resamples that drew too few sizes for an optimum may be at most this share.
constexpr double kMostFailed = 0.05;

// The resamples and jackknife of one figure of one budget, logarithms.
struct Samples {
  std::vector<double> resamples, jackknife;
  std::vector<double> by_noise = {};  // draws; none where noise is not known
};

// Of ln D, since C = 6 N D.
Samples TokensOf(const Samples& ln_size, double ln_product) {
  Samples ln_tokens = ln_size;
  for (double& value : ln_tokens.resamples) value = ln_product - value;
  for (double& value : ln_tokens.jackknife) value = ln_product - value;
  for (double& value : ln_tokens.by_noise) value = ln_product - value;
  return ln_tokens;
}

struct BudgetSamples {
  Samples ln_size, ln_tokens, ln_loss;
};

bool ManyFailed(const std::vector<double>& resamples) {
  const auto failed = std::count_if(resamples.begin(), resamples.end(),
                                    [](double x) { return std::isnan(x); });
  return static_cast<double>(failed) >
         kMostFailed * static_cast<double>(resamples.size());
}

// The figures of one budget from its resamples, or where too many of them have
// no optimum, from draws by noise.
BudgetSamples SampleBudget(const Bootstrap<BudgetOptima>& bootstrap, size_t b,
                           const SizeOptimum& optimum,
                           const OptimumDraws& by_noise, BudgetFit& budget) {
  using Law = BudgetOptima::Law;
  BudgetSamples samples;
  samples.ln_size = {FiguresOf(bootstrap.resamples, &Law::ln_size, b),
                     FiguresOf(bootstrap.jackknife, &Law::ln_size, b)};
  samples.ln_loss = {FiguresOf(bootstrap.resamples, &Law::ln_loss, b),
                     FiguresOf(bootstrap.jackknife, &Law::ln_loss, b)};
  if (ManyFailed(samples.ln_size.resamples)) {
    budget.drawn_by_noise = true;
    // A jackknife that moves nothing says nothing of skewness.
    const auto sampled = [&](const std::vector<double>& draws, double value) {
      const size_t count = bootstrap.resamples.size();
      constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
      return Samples{draws.empty() ? std::vector<double>(count, kNaN) : draws,
                     std::vector<double>(bootstrap.jackknife.size(), value)};
    };
    samples.ln_size = sampled(by_noise.ln_size, optimum.ln_size);
    samples.ln_loss = sampled(by_noise.ln_loss, std::log(optimum.loss));
  }
  samples.ln_size.by_noise = by_noise.ln_size;
  samples.ln_loss.by_noise = by_noise.ln_loss;
  samples.ln_tokens =
      TokensOf(samples.ln_size, std::log(budget.curve.budget / 6));
  return samples;
}

void SetFigures(const SizeOptimum& optimum, const BudgetSamples& samples,
                const OptimumDraws& by_noise, double level, BudgetFit& budget) {
  const auto estimate = [&](double value, const Samples& of) {
    return Exp(Estimate(value, of.resamples, of.jackknife, level));
  };
  const double ln_product = std::log(budget.curve.budget / 6);
  budget.size = estimate(optimum.ln_size, samples.ln_size);
  budget.tokens = estimate(ln_product - optimum.ln_size, samples.ln_tokens);
  budget.loss = estimate(std::log(optimum.loss), samples.ln_loss);
  budget.ln_loss_resamples = samples.ln_loss.resamples;
  budget.size_by_noise =
      Exp(PercentileInterval(optimum.ln_size, by_noise.ln_size, level));
  for (Interval* interval :
       {&budget.size.percentile, &budget.size.bca, &budget.size_by_noise}) {
    OpenAtEdges(budget.min_size(), budget.max_size(), *interval);
  }
  const double product = budget.curve.budget / 6;
  for (Interval* interval : {&budget.tokens.percentile, &budget.tokens.bca}) {
    OpenAtEdges(product / budget.max_size(), product / budget.min_size(),
                *interval);
  }
}

// `samples` by budget; of those that are not bracketed, nothing.
void FitTrends(const std::vector<BudgetSamples>& samples, IsoflopFit& fit) {
  const std::vector<int> bracketed = fit.Bracketed();
  if (bracketed.size() < 2) {
    fit.warnings.push_back(absl::StrFormat(
        "no trend: it needs 2 budgets with a bracketed optimum and there are "
        "%d; run more budgets or sizes",
        bracketed.size()));
    return;
  }
  // The variance of draws by noise weighs the budgets: that of a case bootstrap
  // of few sizes is itself uncertain.
  const bool noise_known = fit.noise > 0;
  const auto trend = [&](const BootstrapEstimate BudgetFit::*value,
                         const Samples BudgetSamples::*figure) {
    std::vector<double> ln_c, ln_y;
    std::vector<const std::vector<double>*> resamples, by_noise;
    std::vector<std::vector<double>> jackknife;
    for (const int i : bracketed) {
      const Samples& drawn = samples[i].*figure;
      ln_c.push_back(std::log(fit.budgets[i].curve.budget));
      ln_y.push_back(std::log((fit.budgets[i].*value).value));
      resamples.push_back(&drawn.resamples);
      if (noise_known) by_noise.push_back(&drawn.by_noise);
      jackknife.push_back(drawn.jackknife);
    }
    return FitLogTrend(ln_c, ln_y, resamples, fit.options.level, jackknife,
                       by_noise);
  };
  fit.size = trend(&BudgetFit::size, &BudgetSamples::ln_size);
  fit.tokens = trend(&BudgetFit::tokens, &BudgetSamples::ln_tokens);
  fit.loss = trend(&BudgetFit::loss, &BudgetSamples::ln_loss);
  if (bracketed.size() == 2) {
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

absl::StatusOr<Resampling> ResamplingOf(const std::vector<ScalingPoint>& points,
                                        const Options& options) {
  ResamplingOptions draws;
  draws.count = options.resamples;
  draws.seed = options.seed;
  for (size_t i = 0; i < points.size(); ++i) {
    draws.strata.push_back(points[i].budget);
    draws.clusters.push_back(points[i].cluster >= 0 ? points[i].cluster
                                                    : -1 - static_cast<int>(i));
  }
  return Resampling::CaseBootstrap(points.size(), draws);
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
  absl::StrAppendFormat(&text,
                        "; intervals by case bootstrap of the trials, %d "
                        "resamples stratified by budget",
                        options.resamples);
  if (fit.noise > 0) {
    absl::StrAppendFormat(
        &text, "; noise of a run %.2g nats (%s)", fit.noise,
        fit.noise_degrees_of_freedom > 0
            ? absl::StrFormat("residuals and seeds, %d degrees of freedom",
                              fit.noise_degrees_of_freedom)
            : std::string("held-out error"));
  }
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

absl::StatusOr<IsoflopFit> FitIsoflop(const std::vector<ScalingPoint>& all,
                                      const IsoflopOptions& options,
                                      const Execution& execution) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  std::vector<ScalingPoint> points;
  for (const ScalingPoint& point : all) {
    const bool beyond =
        options.max_budget > 0 && point.budget > options.max_budget;
    if (!beyond) points.push_back(point);
  }
  if (points.empty()) {
    return absl::FailedPreconditionError(
        all.empty() ? "no trial has succeeded yet; wait for results"
                    : absl::StrFormat("no budget is at or below %g FLOPs; "
                                      "raise max_budget",
                                      options.max_budget));
  }
  auto curves = MakeSizeCurves(points);
  if (!curves.ok()) return curves.status();
  IsoflopFit fit;
  fit.options = options;
  fit.runs = static_cast<int>(points.size());
  const OptimumRule rule = Rule(options);
  std::vector<SizeOptimum> optima;
  bool any_three = false;
  bool any_difference = false;
  for (const SizeCurve& curve : *curves) {
    BudgetFit& budget = fit.budgets.emplace_back();
    budget.curve = curve;
    const CurveColumns columns = Columns(curve);
    SizeOptimum optimum = FindSizeOptimum(columns, rule);
    budget.problem = optimum.problem;
    budget.on_edge = optimum.on_edge;
    budget.parabola = optimum.parabola.coefficients;
    const auto best =
        std::min_element(curve.points.begin(), curve.points.end(),
                         [](const SizePoint& a, const SizePoint& b) {
                           return a.best.loss < b.best.loss;
                         });
    budget.best_measured_loss = best->best.loss;
    budget.best_aspect_ratio = best->best.aspect_ratio();
    optima.push_back(std::move(optimum));
    any_three |= columns.loss.size() >= 3;
    any_difference |=
        columns.loss.size() >= 3 &&
        *std::max_element(columns.loss.begin(), columns.loss.end()) >
            budget.best_measured_loss;
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
  const auto resampling = ResamplingOf(points, options);
  if (!resampling.ok()) return resampling.status();
  const Bootstrap<BudgetOptima> bootstrap =
      BootstrapOptima(points, *curves, rule, *resampling, execution);
  const double spread =
      fit.noise * StudentSpread(options.level, fit.noise_degrees_of_freedom);
  std::vector<BudgetSamples> samples(fit.budgets.size());
  for (size_t i = 0; i < fit.budgets.size(); ++i) {
    BudgetFit& budget = fit.budgets[i];
    if (!budget.bracketed()) {
      fit.warnings.push_back(
          absl::StrFormat("budget %.4g FLOPs is left out of the trends: %s",
                          budget.curve.budget, budget.problem));
      continue;
    }
    OptimumDraws by_noise;
    if (spread > 0) {
      const CurveColumns columns = Columns(budget.curve);
      std::vector<double> deviations;
      deviations.reserve(columns.runs.size());
      for (const double runs : columns.runs) {
        deviations.push_back(spread / std::sqrt(runs));
      }
      // A stream of its own for each budget, so that adding one changes none.
      by_noise = DrawOptima(columns, rule, deviations, options.resamples,
                            options.seed * 0x9E3779B97F4A7C15 + i + 1);
    }
    samples[i] = SampleBudget(bootstrap, i, optima[i], by_noise, budget);
    SetFigures(optima[i], samples[i], by_noise, options.level, budget);
    if (budget.drawn_by_noise) {
      fit.warnings.push_back(absl::StrFormat(
          "budget %.4g FLOPs: %d sizes are too few to draw from; its intervals "
          "are %s",
          budget.curve.budget, budget.curve.points.size(),
          by_noise.ln_size.empty()
              ? "not known, since the losses leave no residual and no held-out "
                "error is known; run more sizes or seeds"
              : "by the noise of a run about the parabola"));
    }
    std::string off_centre = OffCentre(budget.size.value, budget.min_size(),
                                       budget.max_size(), rule.method);
    if (!off_centre.empty()) {
      fit.warnings.push_back(absl::StrFormat("budget %.4g FLOPs: %s",
                                             budget.curve.budget, off_centre));
    }
  }
  FitTrends(samples, fit);
  fit.method = MethodText(fit);
  return fit;
}

}  // namespace isoshape
