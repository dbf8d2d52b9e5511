#include "scaling/isoflop/isoflop_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_format.h"
#include "scaling/isoflop/optimum_bootstrap.h"
#include "scaling/isoflop/run_noise.h"
#include "scaling/statistics/student_t.h"

namespace isoshape {
namespace {

using Options = IsoflopTableOptions;
using Samples = std::vector<std::vector<double>>;  // [budget][draw]

// A factor of the extrapolated size that is worth a warning.
constexpr double kNotableBias = 1.01;

absl::Status Check(const RunTable& table, const Resampling& resampling,
                   const Options& options) {
  if (absl::Status status = CheckRunTable(table); !status.ok()) return status;
  if (!(options.level > 0 && options.level < 1)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "level %g is not between 0 and 1; 0.95 is usual", options.level));
  }
  if (options.noise_draws < 0 || !(options.noise >= 0) ||
      !std::isfinite(options.noise)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("noise %g and noise_draws %d must be 0 or more",
                        options.noise, options.noise_draws));
  }
  if (!(options.rule.window_factor > 1) || options.rule.least_sizes < 3 ||
      !(options.rule.loss_share > 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "window_factor %g must be above 1, least_sizes %d at least 3 and "
        "loss_share %g above 0",
        options.rule.window_factor, options.rule.least_sizes,
        options.rule.loss_share));
  }
  if (resampling.rows() != table.rows()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the resampling is of %d rows and the table has %d",
                        resampling.rows(), table.rows()));
  }
  if (table.budget.empty()) {
    return absl::FailedPreconditionError(
        "an isoFLOP fit needs the budget of every run: name that column, such "
        "as the one of FLOPs where it is equal over a level");
  }
  return absl::OkStatus();
}

std::vector<ScalingPoint> Points(const RunTable& table,
                                 const std::vector<double>& sizes) {
  std::vector<ScalingPoint> points(table.rows());
  for (size_t i = 0; i < table.rows(); ++i) {
    points[i] = {.size = sizes[i],
                 .tokens = table.tokens[i],
                 .budget = table.budget[i],
                 .loss = table.loss[i],
                 .depth = table.depth.empty() ? 1 : table.depth[i],
                 .width = table.width.empty() ? 1 : table.width[i]};
  }
  return points;
}

void SetNoise(const std::vector<SizeCurve>& curves, IsoflopTableFit& fit) {
  fit.noise = fit.options.noise;
  if (fit.noise > 0) return;
  RunNoise noise;
  OptimumRule rule = fit.options.rule;
  rule.method = OptimumMethod::kNearMinimum;
  rule.log_loss = false;
  for (const SizeCurve& curve : curves) {
    noise.AddSeeds(curve);
    const SizeOptimum optimum = FindSizeOptimum(Columns(curve), rule);
    if (optimum.problem.empty()) noise.AddResiduals(optimum.parabola);
  }
  if (!noise.known()) return;
  fit.noise = noise.deviation();
  fit.noise_degrees_of_freedom = noise.degrees_of_freedom();
}

// Losses drawn anew, by budget.
Samples DrawByNoise(const std::vector<SizeCurve>& curves,
                    const IsoflopTableFit& fit) {
  const Options& options = fit.options;
  const double deviation =
      fit.noise * StudentSpread(options.level, fit.noise_degrees_of_freedom);
  Samples samples;
  for (size_t b = 0; b < curves.size(); ++b) {
    const CurveColumns columns = Columns(curves[b]);
    std::vector<double> deviations;
    for (const double runs : columns.runs) {
      deviations.push_back(deviation / std::sqrt(runs));
    }
    // A stream of its own for each budget, so that adding one changes none.
    samples.push_back(DrawOptima(columns, options.rule, deviations,
                                 options.noise_draws,
                                 options.seed * 0x9E3779B97F4A7C15 + b + 1)
                          .ln_size);
  }
  return samples;
}

LogTrend TrendOf(const std::vector<double>& ln_c,
                 const std::vector<size_t>& budgets,
                 const Bootstrap<BudgetOptima>& bootstrap,
                 std::vector<double> BudgetOptima::Law::*figure, double level) {
  std::vector<double> ln_y;
  Samples resamples, jackknife;
  std::vector<const std::vector<double>*> pointers;
  for (const size_t b : budgets) {
    ln_y.push_back((bootstrap.fit.law.*figure)[b]);
    resamples.push_back(FiguresOf(bootstrap.resamples, figure, b));
    jackknife.push_back(FiguresOf(bootstrap.jackknife, figure, b));
  }
  for (const std::vector<double>& draws : resamples) pointers.push_back(&draws);
  return FitLogTrend(ln_c, ln_y, pointers, level, jackknife);
}

void FitTrends(const std::vector<SizeCurve>& curves,
               const Bootstrap<BudgetOptima>& bootstrap,
               const Samples& by_noise, IsoflopTableFit& fit) {
  const Options& options = fit.options;
  std::vector<size_t> good;
  std::vector<double> ln_c, ln_size;
  std::vector<const std::vector<double>*> noise_draws;
  std::vector<SizeCurve> good_curves;
  for (size_t b = 0; b < fit.budgets.size(); ++b) {
    const BudgetOptimum& budget = fit.budgets[b];
    if (!budget.problem.empty()) {
      fit.warnings.push_back(
          absl::StrFormat("budget %.4g FLOPs is left out of the trends: %s",
                          budget.budget, budget.problem));
      continue;
    }
    good.push_back(b);
    good_curves.push_back(curves[b]);
    ln_c.push_back(std::log(budget.budget));
    ln_size.push_back(bootstrap.fit.law.ln_size[b]);
    noise_draws.push_back(&by_noise[b]);
  }
  if (good.size() < 2) {
    fit.warnings.push_back(absl::StrFormat(
        "no trend: it needs 2 budgets with an optimum and there are %d; run "
        "more budgets or sizes",
        good.size()));
    return;
  }
  const auto trend = [&](std::vector<double> BudgetOptima::Law::*figure) {
    return TrendOf(ln_c, good, bootstrap, figure, options.level);
  };
  fit.size = trend(&BudgetOptima::Law::ln_size);
  fit.tokens = trend(&BudgetOptima::Law::ln_tokens);
  fit.loss = trend(&BudgetOptima::Law::ln_loss);
  if (!by_noise[good[0]].empty()) {
    fit.size_by_noise = FitLogTrend(ln_c, ln_size, noise_draws, options.level);
  }
  if (good.size() == 2) {
    fit.warnings.push_back(
        "two budgets: a straight line through two points cannot show whether "
        "the trend bends; run a third budget");
  }
  const double target = options.bias_target_flops > 0
                            ? options.bias_target_flops
                            : 10 * fit.budgets.back().budget;
  fit.bias = EstimateBias(good_curves, fit.size->weights, options.rule, target);
  if (fit.bias &&
      std::abs(std::log(fit.bias->size_factor)) > std::log(kNotableBias)) {
    fit.warnings.push_back(absl::StrFormat(
        "the sizes tried bias the extrapolation by this method: on noise-free "
        "losses of the parametric law the size at %.4g FLOPs comes out %.3g "
        "times the true one, the exponent %+.4f off; centre the sizes of each "
        "budget on its optimum",
        target, fit.bias->size_factor, fit.bias->exponent_shift));
  }
}

void WarnOffCentre(IsoflopTableFit& fit) {
  for (const BudgetOptimum& budget : fit.budgets) {
    if (!budget.problem.empty()) continue;
    const std::string text =
        OffCentre(budget.size.value, budget.least_size, budget.largest_size,
                  fit.options.rule.method);
    if (text.empty()) continue;
    fit.warnings.push_back(
        absl::StrFormat("budget %.4g FLOPs: %s", budget.budget, text));
  }
}

std::string MethodText(const IsoflopTableFit& fit, int resamples) {
  const OptimumRule& rule = fit.options.rule;
  const char* ordinate = rule.log_loss ? "ln loss" : "loss";
  std::string text;
  switch (rule.method) {
    case OptimumMethod::kAkima:
      text = absl::StrFormat(
          "least value of the Akima interpolant of %s over "
          "ln size",
          ordinate);
      break;
    case OptimumMethod::kNearMinimum:
      text = absl::StrFormat(
          "parabola of %s over ln size with tricube weights about the least "
          "loss (factor %g, at least %d sizes)",
          ordinate, rule.window_factor, rule.least_sizes);
      break;
    case OptimumMethod::kLossShare:
      text = absl::StrFormat(
          "parabola of %s over ln size through the sizes within %g %% of the "
          "least loss, at least %d",
          ordinate, 100 * rule.loss_share, rule.least_in_share);
      break;
    case OptimumMethod::kFullRange:
      text = absl::StrFormat(
          "parabola of %s over ln size through all sizes, equal weights "
          "(biased where the sizes reach far or are off centre)",
          ordinate);
      break;
  }
  absl::StrAppendFormat(&text, "; intervals from %d resamples of the runs",
                        resamples);
  if (fit.noise > 0) {
    absl::StrAppendFormat(
        &text, " and from noise of %.2g nats a run (%s)", fit.noise,
        fit.options.noise > 0
            ? std::string("given")
            : absl::StrFormat("residuals and seeds, %d degrees of freedom",
                              fit.noise_degrees_of_freedom));
  }
  return text;
}

}  // namespace

absl::StatusOr<IsoflopTableFit> FitIsoflopTable(const RunTable& table,
                                                const Resampling& resampling,
                                                const Options& options,
                                                const Execution& execution) {
  if (absl::Status status = Check(table, resampling, options); !status.ok()) {
    return status;
  }
  const auto sizes = Sizes(table, options.size);
  if (!sizes.ok()) return sizes.status();
  const std::vector<ScalingPoint> points = Points(table, *sizes);
  const auto curves = MakeSizeCurves(points);
  if (!curves.ok()) return curves.status();
  if (std::none_of(curves->begin(), curves->end(), [](const SizeCurve& curve) {
        return curve.points.size() >= 3;
      })) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no budget has 3 sizes (%d runs at %d budgets); run more sizes, or "
        "name the column that is equal over a level",
        table.rows(), curves->size()));
  }
  IsoflopTableFit fit;
  fit.options = options;
  fit.runs = static_cast<int>(table.rows());
  SetNoise(*curves, fit);

  Bootstrap<BudgetOptima> bootstrap =
      BootstrapOptima(points, *curves, options.rule, resampling, execution);
  // The optimum of an interpolant jumps where a run near it is left out: the
  // acceleration of BCa has no meaning there.
  if (options.rule.method == OptimumMethod::kAkima) bootstrap.jackknife.clear();
  const Samples by_noise =
      fit.noise > 0 ? DrawByNoise(*curves, fit) : Samples(curves->size());

  for (size_t b = 0; b < curves->size(); ++b) {
    const SizeCurve& curve = (*curves)[b];
    BudgetOptimum& budget = fit.budgets.emplace_back();
    budget.budget = curve.budget;
    budget.runs = curve.runs;
    budget.sizes = static_cast<int>(curve.points.size());
    budget.least_size = curve.points.front().best.size;
    budget.largest_size = curve.points.back().best.size;
    const SizeOptimum optimum = FindSizeOptimum(Columns(curve), options.rule);
    budget.problem = optimum.problem;
    budget.on_edge = optimum.on_edge;
    if (!budget.problem.empty()) continue;
    const auto estimate = [&](std::vector<double> BudgetOptima::Law::*figure) {
      return Exp(bootstrap.Estimate(
          [&](const BudgetOptima::Law& law) { return (law.*figure)[b]; },
          options.level));
    };
    budget.size = estimate(&BudgetOptima::Law::ln_size);
    budget.tokens = estimate(&BudgetOptima::Law::ln_tokens);
    budget.loss = estimate(&BudgetOptima::Law::ln_loss);
    budget.size_by_noise = Exp(PercentileInterval(bootstrap.fit.law.ln_size[b],
                                                  by_noise[b], options.level));
    const double first_tokens = curve.points.front().best.tokens;
    const double last_tokens = curve.points.back().best.tokens;
    for (Interval* interval :
         {&budget.size.percentile, &budget.size.bca, &budget.size_by_noise}) {
      OpenAtEdges(budget.least_size, budget.largest_size, *interval);
    }
    for (Interval* interval : {&budget.tokens.percentile, &budget.tokens.bca}) {
      OpenAtEdges(std::min(first_tokens, last_tokens),
                  std::max(first_tokens, last_tokens), *interval);
    }
  }
  FitTrends(*curves, bootstrap, by_noise, fit);
  WarnOffCentre(fit);
  fit.method = MethodText(fit, resampling.count());
  return fit;
}

}  // namespace isoshape
