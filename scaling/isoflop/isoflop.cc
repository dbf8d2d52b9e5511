#include "scaling/isoflop/isoflop.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "common/threads/cancellation.h"
#include "scaling/isoflop/isoflop_checks.h"
#include "scaling/isoflop/optimum_bootstrap.h"
#include "scaling/isoflop/optimum_problem.h"
#include "scaling/isoflop/run_noise.h"
#include "scaling/runs/fit_key.h"
#include "scaling/statistics/draws.h"
#include "scaling/statistics/student_t.h"

namespace isoshape {
namespace {

using Law = BudgetOptima::Law;

// A factor of the extrapolated size that is worth a warning.
constexpr double kNotableBias = 1.1;
// The bias is reported at this many times the largest budget.
constexpr double kBiasReach = 10;
// The draws that weigh budgets are always these, so that no option moves the
// estimates.
constexpr double kWeighingLevel = 0.95;
constexpr int kWeighingDraws = 1000;
constexpr uint64_t kWeighingSeed = 0;

// Standard deviation of a run about parabolas near the minimum, whatever the
// rule, and between seeds; else the held-out error.
void SetNoise(IsoflopFit& fit) {
  OptimumRule rule = fit.options.rule;
  rule.method = OptimumMethod::kNearMinimum;
  rule.log_loss = false;
  RunNoise noise;
  double held_out = 0;
  for (const BudgetOptimum& budget : fit.budgets) {
    held_out += budget.curve.mean_loss_stderr;
    noise.AddSeeds(budget.curve);
    const SizeOptimum optimum = FindSizeOptimum(Columns(budget.curve), rule);
    if (optimum.problem.empty()) noise.AddResiduals(optimum.parabola);
  }
  if (noise.known()) {
    fit.noise = noise.deviation();
    fit.noise_degrees_of_freedom = noise.degrees_of_freedom();
  } else {
    fit.noise = held_out / static_cast<double>(fit.budgets.size());
  }
}

// The optimum of a curve without its intervals.
BudgetOptimum FindBudgetOptimum(const SizeCurve& curve, SizeMeasure measure,
                                const OptimumRule& rule) {
  BudgetOptimum budget{.curve = curve};
  const SizeOptimum optimum = FindSizeOptimum(Columns(curve), rule);
  budget.problem = ProblemText(ProblemOf(curve, rule), curve, measure);
  budget.on_edge = optimum.on_edge;
  budget.parabola = optimum.parabola.coefficients;
  budget.curvature = budget.parabola[2] / (rule.log_loss ? 1 : optimum.loss);
  return budget;
}

// One figure of one budget, logarithms.
struct Samples {
  double value = 0;
  std::vector<double> resamples = {}, jackknife = {};
  std::vector<double> by_noise = {};  // none if the noise is not known
  // What the budgets are weighed by, whatever the seed and the level.
  std::vector<double> weighing = {};

  BootstrapEstimate Estimate(double level) const {
    return Exp(isoshape::Estimate(value, resamples, jackknife, level));
  }
};

struct BudgetSamples {
  Samples size, tokens, loss;
  std::vector<std::array<double, 3>> parabola = {};  // of each resample
  std::vector<std::array<double, 3>> parabola_by_noise = {};
  bool drawn_by_noise = false;  // resamples are draws by noise
};

// Losses of budget `b` drawn anew with the noise of a run, spread by Student's
// t for the degrees of freedom that the noise rests on.
BudgetSamples DrawByNoise(const IsoflopFit& fit, size_t b, int count,
                          double level, uint64_t seed) {
  BudgetSamples samples;
  const double spread =
      fit.noise * StudentSpread(level, fit.noise_degrees_of_freedom);
  if (!(spread > 0)) return samples;
  const CurveColumns columns = Columns(fit.budgets[b].curve);
  std::vector<double> deviations;
  deviations.reserve(columns.runs.size());
  for (const double runs : columns.runs) {
    deviations.push_back(spread / std::sqrt(runs));
  }
  // A stream of its own for each budget, so that adding one changes none.
  OptimumDraws draws = DrawOptima(columns, fit.options.rule, deviations, count,
                                  seed * 0x9E3779B97F4A7C15 + b + 1);
  samples.tokens.by_noise = OfEachDraw(draws.ln_size.size(), [&](size_t r) {
    return LogTokensAt(columns, draws.ln_size[r]);
  });
  samples.size.by_noise = std::move(draws.ln_size);
  samples.loss.by_noise = std::move(draws.ln_loss);
  samples.parabola_by_noise = std::move(draws.parabola);
  return samples;
}

bool ManyFailed(const std::vector<double>& resamples) {
  const auto failed = std::count_if(resamples.begin(), resamples.end(),
                                    [](double x) { return std::isnan(x); });
  return TooManyFailed(static_cast<int>(failed),
                       static_cast<int>(resamples.size()));
}

// The figures of one budget from its resamples or, if too many of them have no
// optimum, from draws by noise.
BudgetSamples SampleBudget(const Bootstrap<BudgetOptima>& bootstrap, size_t b,
                           const IsoflopFit& fit) {
  const auto count = static_cast<int>(bootstrap.resamples.size());
  const IsoflopOptions& options = fit.options;
  BudgetSamples samples =
      DrawByNoise(fit, b, count, options.level, options.seed);
  // Without resamples budgets weigh alike, as published fits have it.
  const int draws = count == 0 ? 0 : kWeighingDraws;
  const BudgetSamples weighing =
      options.level == kWeighingLevel && options.seed == kWeighingSeed &&
              count == draws
          ? samples
          : DrawByNoise(fit, b, draws, kWeighingLevel, kWeighingSeed);
  samples.size.weighing = weighing.size.by_noise;
  samples.tokens.weighing = weighing.tokens.by_noise;
  samples.loss.weighing = weighing.loss.by_noise;
  const auto fill = [&](Samples& of, std::vector<double> Law::*figure) {
    of.value = (bootstrap.fit.law.*figure)[b];
    of.resamples = FiguresOf(bootstrap.resamples, figure, b);
    of.jackknife = FiguresOf(bootstrap.jackknife, figure, b);
  };
  fill(samples.size, &Law::ln_size);
  fill(samples.tokens, &Law::ln_tokens);
  fill(samples.loss, &Law::ln_loss);
  samples.drawn_by_noise = ManyFailed(samples.size.resamples);
  if (!samples.drawn_by_noise) {
    for (const BudgetOptima& fit_of : bootstrap.resamples) {
      samples.parabola.push_back(fit_of.law.parabola[b]);
    }
    return samples;
  }
  samples.parabola = samples.parabola_by_noise;
  for (Samples* of : {&samples.size, &samples.tokens, &samples.loss}) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    of->resamples = of->by_noise.empty()
                        ? std::vector<double>(of->resamples.size(), kNaN)
                        : of->by_noise;
    // Draws by noise have no jackknife. A constant one makes the BCa interval
    // the percentile interval.
    of->jackknife.assign(of->jackknife.size(), of->value);
  }
  return samples;
}

void SetFigures(const BudgetSamples& samples, double level,
                BudgetOptimum& budget) {
  budget.drawn_by_noise = samples.drawn_by_noise;
  budget.size = samples.size.Estimate(level);
  budget.tokens = samples.tokens.Estimate(level);
  budget.loss = samples.loss.Estimate(level);
  budget.ln_loss_resamples = samples.loss.resamples;
  budget.parabola_resamples = samples.parabola;
  budget.size_by_noise =
      Exp(PercentileInterval(samples.size.value, samples.size.by_noise, level));
  for (Interval* interval :
       {&budget.size.percentile, &budget.size.bca, &budget.size_by_noise}) {
    OpenAtEdges(budget.curve.min_size(), budget.curve.max_size(), *interval);
  }
  const double first = budget.curve.points.front().best.tokens;
  const double last = budget.curve.points.back().best.tokens;
  for (Interval* interval : {&budget.tokens.percentile, &budget.tokens.bca}) {
    OpenAtEdges(std::min(first, last), std::max(first, last), *interval);
  }
}

void WarnOfBudget(const IsoflopFit& fit, const BudgetOptimum& budget,
                  SizeMeasure measure, std::vector<std::string>& warnings) {
  if (budget.drawn_by_noise) {
    warnings.push_back(absl::StrFormat(
        "budget %s FLOPs: %d sizes are too few to draw from; its intervals "
        "are %s",
        FormatFlops(budget.curve.budget), budget.curve.points.size(),
        fit.noise > 0
            ? "by the noise of a run about the curve"
            : "not known, since the losses leave no residual and no held-out "
              "error is known; run more sizes or seeds"));
  }
  const std::string off_centre = ProblemText(
      OffCentreOf(budget.size.value, budget.curve, fit.options.rule.method),
      budget.curve, measure);
  if (!off_centre.empty()) {
    warnings.push_back(absl::StrFormat(
        "budget %s FLOPs: %s", FormatFlops(budget.curve.budget), off_centre));
  }
}

// The figures of every budget; of those that are not bracketed, none.
std::vector<BudgetSamples> SetBudgets(const Bootstrap<BudgetOptima>& bootstrap,
                                      SizeMeasure measure, IsoflopFit& fit) {
  std::vector<BudgetSamples> samples(fit.budgets.size());
  for (size_t b = 0; b < fit.budgets.size() && !Cancelled(); ++b) {
    BudgetOptimum& budget = fit.budgets[b];
    if (!budget.bracketed()) {
      fit.warnings.push_back(
          absl::StrFormat("budget %s FLOPs is left out of the trends: %s",
                          FormatFlops(budget.curve.budget), budget.problem));
      continue;
    }
    samples[b] = SampleBudget(bootstrap, b, fit);
    SetFigures(samples[b], fit.options.level, budget);
    WarnOfBudget(fit, budget, measure, fit.warnings);
  }
  return samples;
}

void SetBias(IsoflopFit& fit) {
  std::vector<SizeCurve> curves;
  for (const int b : fit.Bracketed()) curves.push_back(fit.budgets[b].curve);
  fit.bias = EstimateBias(curves, fit.size->weights, fit.options.rule,
                          kBiasReach * fit.budgets.back().curve.budget);
  if (!fit.bias ||
      std::abs(std::log(fit.bias->size_factor)) <= std::log(kNotableBias)) {
    return;
  }
  fit.warnings.push_back(absl::StrFormat(
      "the sizes tried bias the extrapolation by this method: on noise-free "
      "losses of the parametric law the size at %s FLOPs comes out %.3g "
      "times the true one, the exponent %+.4f off; centre the sizes of each "
      "budget on its optimum",
      FormatFlops(fit.bias->target_flops), fit.bias->size_factor,
      fit.bias->exponent_shift));
}

void FitTrends(const std::vector<BudgetSamples>& samples, IsoflopFit& fit) {
  const std::vector<int> bracketed = fit.Bracketed();
  if (bracketed.size() < 2) {
    fit.warnings.push_back(absl::StrFormat(
        "no trend: it needs 2 budgets with a bracketed optimum and there %s "
        "%d; run more budgets or sizes",
        bracketed.size() == 1 ? "is" : "are", bracketed.size()));
    return;
  }
  const auto trend = [&](const Samples BudgetSamples::*figure) {
    std::vector<double> ln_c, ln_y;
    std::vector<const std::vector<double>*> resamples, weighing;
    std::vector<std::vector<double>> jackknife;
    for (const int b : bracketed) {
      const Samples& of = samples[b].*figure;
      ln_c.push_back(std::log(fit.budgets[b].curve.budget));
      ln_y.push_back(of.value);
      resamples.push_back(&of.resamples);
      // The variance of draws by noise weighs the budgets: that of a case
      // bootstrap of few sizes is itself uncertain.
      weighing.push_back(&of.weighing);
      jackknife.push_back(of.jackknife);
    }
    return FitLogTrend(ln_c, ln_y, resamples, fit.options.level, jackknife,
                       weighing);
  };
  fit.size = trend(&BudgetSamples::size);
  fit.tokens = trend(&BudgetSamples::tokens);
  fit.loss = trend(&BudgetSamples::loss);
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

std::string MethodText(const IsoflopFit& fit) {
  std::string text = RuleText(fit.options.rule) + ", best shape at each size";
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

absl::StatusOr<IsoflopFit> Fit(const Runs& runs, const Resampling& resampling,
                               const IsoflopOptions& options,
                               const Execution& execution) {
  if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
  const std::vector<SizeCurve> curves = MakeSizeCurves(runs);
  ISOSHAPE_RETURN_IF_ERROR(CheckCurves(curves, runs.rows()));
  IsoflopFit fit;
  fit.options = options;
  fit.runs = static_cast<int>(runs.rows());
  for (const SizeCurve& curve : curves) {
    fit.budgets.push_back(FindBudgetOptimum(curve, runs.measure, options.rule));
  }
  SetNoise(fit);
  Bootstrap<BudgetOptima> bootstrap =
      BootstrapOptima(runs, curves, options.rule, resampling, execution);
  if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
  // The optimum of an interpolant jumps if a run near it is left out: the
  // acceleration of BCa has no meaning there.
  if (options.rule.method == OptimumMethod::kAkima) bootstrap.jackknife.clear();
  const std::vector<BudgetSamples> samples =
      SetBudgets(bootstrap, runs.measure, fit);
  if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
  FitTrends(samples, fit);
  if (fit.size) SetBias(fit);
  fit.method = MethodText(fit);
  return fit;
}

}  // namespace

Interval CurveLossAt(const BudgetOptimum& budget, const OptimumRule& rule,
                     double size, double level) {
  const double x = std::log(size);
  const auto at = [x](const std::array<double, 3>& c) {
    return c[0] + x * (c[1] + x * c[2]);
  };
  const Interval interval = PercentileInterval(
      at(budget.parabola),
      OfEachDraw(budget.parabola_resamples.size(),
                 [&](size_t r) { return at(budget.parabola_resamples[r]); }),
      level);
  return rule.log_loss ? Exp(interval) : interval;
}

std::vector<int> IsoflopFit::Bracketed() const {
  std::vector<int> indices;
  for (size_t i = 0; i < budgets.size(); ++i) {
    if (budgets[i].bracketed()) indices.push_back(static_cast<int>(i));
  }
  return indices;
}

absl::StatusOr<IsoflopFit> FitIsoflop(const Runs& runs,
                                      const Resampling& resampling,
                                      const IsoflopOptions& options,
                                      const Execution& execution) {
  ISOSHAPE_RETURN_IF_ERROR(CheckIsoflop(runs, resampling, options));
  const auto key = [&] {
    FitKey key("isoflop");
    AddRuns(runs, key);
    AddResampling(resampling, key);
    const OptimumRule& rule = options.rule;
    key.Add(rule.method).Add(rule.log_loss).Add(rule.window_factor);
    key.Add(rule.min_sizes).Add(rule.accept_outside);
    key.Add(options.level).Add(options.seed);
    return key;
  };
  return Shared<IsoflopFit>(
      key, [&] { return Fit(runs, resampling, options, execution); });
}

}  // namespace isoshape
