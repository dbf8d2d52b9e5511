#include "scaling/predict/trend_prediction.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/predict/loss_candidates.h"
#include "scaling/predict/loss_surface.h"
#include "scaling/statistics/draws.h"
#include "scaling/statistics/student_t.h"

namespace isoshape {
namespace {

// No candidate is trusted beyond this error of ln loss when they are weighted.
constexpr double kMinBacktestError = 0.01;
// Points with a loss above the best of their budget by more than this share say
// nothing about the optimum and are kept from the surface.
constexpr double kSurfaceLossRange = 0.25;
// Aspect ratios compared at a size within this factor of the best count.
constexpr double kComparableSize = 1.25;

Runs NearOptima(const IsoflopFit& fit, const Runs& runs, double max_budget) {
  std::map<double, double> max_loss;  // by budget
  for (const int b : fit.Bracketed()) {
    const SizeCurve& curve = fit.budgets[b].curve;
    if (curve.budget > max_budget) continue;
    max_loss[curve.budget] = curve.best().loss * (1 + kSurfaceLossRange);
  }
  std::vector<size_t> rows;
  for (size_t i = 0; i < runs.rows(); ++i) {
    const auto found = max_loss.find(runs.budget[i]);
    if (found != max_loss.end() && runs.loss[i] <= found->second) {
      rows.push_back(i);
    }
  }
  // In a fixed order, so that the order given changes no digit.
  const auto key = [&](size_t i) {
    return std::tie(runs.budget[i], runs.size[i], runs.loss[i], runs.tokens[i]);
  };
  std::sort(rows.begin(), rows.end(),
            [&](size_t a, size_t b) { return key(a) < key(b); });
  Runs near;
  for (const size_t i : rows) {
    near.size.push_back(runs.size[i]);
    near.tokens.push_back(runs.tokens[i]);
    near.loss.push_back(runs.loss[i]);
  }
  return near;
}

absl::Status CheckTarget(double target_flops) {
  if (std::isfinite(target_flops) && target_flops > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "target_flops %g is not a finite positive number", target_flops));
}

absl::Status CheckPredictable(const IsoflopFit& fit) {
  const size_t bracketed = fit.Bracketed().size();
  if (bracketed >= 2) return absl::OkStatus();
  std::string reasons;
  for (const BudgetOptimum& budget : fit.budgets) {
    if (budget.bracketed()) continue;
    absl::StrAppendFormat(&reasons, "; budget %s: %s",
                          FormatFlops(budget.curve.budget), budget.problem);
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "a prediction needs 2 budgets with a bracketed optimum and %d of %d has "
      "one%s",
      bracketed, fit.budgets.size(),
      reasons.empty() ? "; run another budget" : reasons));
}

// ln loss added by a size that is not the optimal one, by the mean curvature of
// the measured curves.
double OffSizePenalty(const IsoflopFit& fit, double ln_size_ratio) {
  double curvature = 0;
  const std::vector<int> bracketed = fit.Bracketed();
  for (const int i : bracketed) {
    curvature +=
        fit.budgets[i].curvature / static_cast<double>(bracketed.size());
  }
  return std::log1p(curvature * ln_size_ratio * ln_size_ratio);
}

// The size nearest to the best measured at which aspect ratios were compared,
// or nullptr. A little off the best size they compare as well: what the aspect
// ratio gains hardly depends on size.
const SizePoint* ComparedAspectRatios(const SizeCurve& curve) {
  const double best_size = curve.best().size;
  const SizePoint* nearest = nullptr;
  double least = kComparableSize;
  for (const SizePoint& point : curve.points) {
    const double factor =
        std::max(point.best.size / best_size, best_size / point.best.size);
    if (point.shapes.size() >= 2 && factor <= least) {
      nearest = &point;
      least = factor;
    }
  }
  return nearest;
}

void PredictAspectRatio(const IsoflopFit& fit, OptimumPrediction& prediction) {
  double measured = 0;  // sums of ln aspect ratio
  double compared = 0;
  int comparisons = 0;
  int distinct = 0;
  const std::vector<int> bracketed = fit.Bracketed();
  for (const int i : bracketed) {
    const SizeCurve& curve = fit.budgets[i].curve;
    if (curve.best().aspect_ratio() == 0) return;  // shapes are not known
    measured += std::log(curve.best().aspect_ratio());
    const SizePoint* point = ComparedAspectRatios(curve);
    if (point == nullptr) continue;
    ++comparisons;
    compared += std::log(point->best.aspect_ratio());
    const double gap = point->shapes[1].loss - point->shapes[0].loss;
    const double error = fit.noise * std::sqrt(1.0 / point->shapes[0].weight +
                                               1.0 / point->shapes[1].weight);
    if (gap > 2 * error) ++distinct;
  }
  prediction.aspect_ratio = std::exp(
      comparisons > 0 ? compared / comparisons
                      : measured / static_cast<double>(bracketed.size()));
  if (comparisons == 0) {
    prediction.aspect_warnings.push_back(
        "no budget compared aspect ratios near its best size: the aspect ratio "
        "is that of the sizes tried, not a finding");
  } else if (distinct == 0) {
    prediction.aspect_warnings.push_back(absl::StrFormat(
        "aspect ratios near the best size differ by less than twice the noise "
        "of a run at %s that compared them: the choice among them is open",
        comparisons == 1
            ? "the one budget"
            : absl::StrFormat("each of the %d budgets", comparisons)));
  }
}

Optima OptimaOf(const IsoflopFit& fit) {
  Optima optima;
  for (const int i : fit.Bracketed()) {
    optima.ln_c.push_back(std::log(fit.budgets[i].curve.budget));
    optima.ln_loss.push_back(std::log(fit.budgets[i].loss.value));
  }
  return optima;
}

// The quantile of the level for noise as the fit has measured it.
double NoiseQuantile(const IsoflopFit& fit) {
  return fit.noise_degrees_of_freedom > 0
             ? StudentTTwoSided(fit.options.level, fit.noise_degrees_of_freedom)
             : NormalTwoSided(fit.options.level);
}

// The noise of the optima, as variances of ln loss.
struct Noise {
  std::vector<double> of_optima;  // [optimum]
  double of_mean = 0;             // of the candidates' mean at the target
  int draws = 0;                  // that these rest on
};

// Noise of the optima, carried through the candidates. The surface moves with
// the optima that it is anchored at, each by its share.
Noise CarryNoise(const IsoflopFit& fit, const Optima& optima,
                 const std::optional<SurfaceStep>& step, double x,
                 const Candidates& candidates) {
  const std::vector<int> bracketed = fit.Bracketed();
  const double mean = candidates.Mean();
  // Draws by noise are spread by Student's t already (FitIsoflop); for a
  // variance that is taken back.
  const double unspread =
      NormalTwoSided(fit.options.level) / NoiseQuantile(fit);
  Noise noise;
  noise.of_optima.assign(optima.count(), 0);
  const size_t draws = fit.budgets[bracketed.front()].ln_loss_resamples.size();
  ForEachDraw(draws, [&](size_t r) {
    Optima drawn = optima;
    for (size_t i = 0; i < optima.count(); ++i) {
      const BudgetOptimum& budget = fit.budgets[bracketed[i]];
      drawn.ln_loss[i] += (budget.drawn_by_noise ? unspread : 1) *
                          (budget.ln_loss_resamples[r] - optima.ln_loss[i]);
    }
    Candidates resampled = MakeCandidates(drawn, step, x);
    std::copy(std::begin(candidates.weights), std::end(candidates.weights),
              std::begin(resampled.weights));
    const double departure = resampled.Mean() - mean;
    if (!std::isfinite(departure)) return;  // a budget drew too few sizes
    ++noise.draws;
    noise.of_mean += departure * departure;
    for (size_t i = 0; i < optima.count(); ++i) {
      const double moved = drawn.ln_loss[i] - optima.ln_loss[i];
      noise.of_optima[i] += moved * moved;
    }
  });
  noise.of_mean /= std::max(1, noise.draws);
  for (double& variance : noise.of_optima) {
    variance /= std::max(1, noise.draws);
  }
  return noise;
}

// Half the width of the interval of a single run, in ln loss: half-widths of
// independent sources, each with the quantile that its own degrees of freedom
// ask for, add in quadrature.
double HalfWidth(const IsoflopFit& fit, const Optima& optima,
                 const Candidates& candidates, const Noise& noise, double x,
                 double loss) {
  const double level = fit.options.level;
  const double noise_quantile = NoiseQuantile(fit);
  const int degrees = kPriorDegrees + static_cast<int>(optima.count()) - 2;
  const double half_widths[] = {
      noise_quantile * std::sqrt(noise.of_mean),
      NormalTwoSided(level) * std::sqrt(candidates.Variance()),
      StudentTTwoSided(level, degrees) *
          ExpectedCurvature(optima, noise.of_optima) *
          ChordDeparture(optima, x),
      noise_quantile * fit.noise / loss};
  double sum = 0;
  for (const double half_width : half_widths) sum += half_width * half_width;
  return std::sqrt(sum);
}

std::string MethodText(const Candidates& candidates, const Optima& optima,
                       double backtest_error) {
  std::string text = absl::StrFormat(
      "weighted mean of a straight line, the nearest slope%s in ln loss over "
      "ln FLOPs (%d budgets); interval of a single run from noise, "
      "disagreement "
      "and curvature, Student's t",
      candidates.weights[2] > 0 ? " and a loss surface" : "", optima.count());
  if (optima.count() >= 3) {
    absl::StrAppendFormat(
        &text,
        "; predicted from the others, the largest budget came out %+.1f %%",
        100 * std::expm1(backtest_error));
  }
  return text;
}

}  // namespace

absl::StatusOr<OptimumPrediction> PredictOptimum(const IsoflopFit& fit,
                                                 double target_flops) {
  ISOSHAPE_RETURN_IF_ERROR(CheckTarget(target_flops));
  ISOSHAPE_RETURN_IF_ERROR(CheckPredictable(fit));
  OptimumPrediction prediction;
  prediction.target_flops = target_flops;
  const double level = fit.options.level;
  prediction.size = TrendEstimateAt(*fit.size, target_flops, level);
  prediction.tokens = TrendEstimateAt(*fit.tokens, target_flops, level);
  PredictAspectRatio(fit, prediction);
  prediction.warnings = prediction.aspect_warnings;
  const std::vector<int> bracketed = fit.Bracketed();
  const double largest = fit.budgets[bracketed.back()].curve.budget;
  const double range = largest / fit.budgets[bracketed.front()].curve.budget;
  if (target_flops > largest * range) {
    prediction.warnings.push_back(absl::StrFormat(
        "the target is %.3g times the largest budget with a bracketed optimum, "
        "further than the budgets themselves span (%.3g times): the law is "
        "assumed, not seen",
        target_flops / largest, range));
  }
  return prediction;
}

LossTrend::LossTrend(const IsoflopFit& fit, const Runs& runs)
    : fit_(&fit),
      optima_(OptimaOf(fit)),
      surface_(FitLossSurface(
          NearOptima(fit, runs, fit.budgets.back().curve.budget))) {
  if (optima_.count() >= 3) Backtest(runs);
}

absl::StatusOr<LossTrend> LossTrend::Make(const IsoflopFit& fit,
                                          const Runs& runs) {
  ISOSHAPE_RETURN_IF_ERROR(CheckPredictable(fit));
  return LossTrend(fit, runs);
}

// Predicts the largest budget from the others, which weighs the candidates.
void LossTrend::Backtest(const Runs& runs) {
  Optima earlier = optima_;
  const double x = earlier.ln_c.back();
  const double found = earlier.ln_loss.back();
  earlier.ln_c.pop_back();
  earlier.ln_loss.pop_back();
  const double limit =
      fit_->budgets[fit_->Bracketed()[earlier.count() - 1]].curve.budget;
  const auto surface = FitLossSurface(NearOptima(*fit_, runs, limit));
  Candidates tested =
      MakeCandidates(earlier, StepAlong(earlier, surface, x), x);
  for (size_t k = 0; k < Candidates::kCount; ++k) {
    if (tested.weights[k] == 0) continue;
    const double error = tested.values[k] - found;
    tested.weights[k] =
        1 / (error * error + kMinBacktestError * kMinBacktestError);
    weighed_.weights[k] = tested.weights[k];
  }
  backtest_error_ = tested.Mean() - found;
}

Candidates LossTrend::CandidatesAt(
    double x, const std::optional<SurfaceStep>& step) const {
  Candidates candidates = MakeCandidates(optima_, step, x);
  for (size_t k = 0; k < Candidates::kCount; ++k) {
    if (candidates.weights[k] > 0) candidates.weights[k] = weighed_.weights[k];
  }
  return candidates;
}

LossPrediction LossTrend::At(double flops, double size) const {
  const double x = std::log(flops);
  const auto step = StepAlong(optima_, surface_, x);
  const Candidates candidates = CandidatesAt(x, step);
  LossPrediction prediction;
  prediction.backtest_error = backtest_error_;
  const Noise noise = CarryNoise(*fit_, optima_, step, x, candidates);
  const double ln_loss =
      candidates.Mean() +
      OffSizePenalty(*fit_, std::log(size / fit_->size->At(flops)));
  prediction.loss.value = std::exp(ln_loss);
  if (noise.draws > 0) {
    const double half_width =
        HalfWidth(*fit_, optima_, candidates, noise, x, prediction.loss.value);
    prediction.loss.lower = std::exp(ln_loss - half_width);
    prediction.loss.upper = std::exp(ln_loss + half_width);
  }
  prediction.method = MethodText(candidates, optima_, backtest_error_);
  return prediction;
}

LossPrediction LossTrend::At(double flops) const {
  return At(flops, fit_->size->At(flops));
}

double LossTrend::BestAt(double flops) const {
  const double x = std::log(flops);
  return std::exp(CandidatesAt(x, StepAlong(optima_, surface_, x)).Mean());
}

absl::StatusOr<LossPrediction> PredictLoss(const IsoflopFit& fit,
                                           const Runs& runs,
                                           double target_flops, double size) {
  ISOSHAPE_RETURN_IF_ERROR(CheckTarget(target_flops));
  ISOSHAPE_ASSIGN_OR_RETURN(const LossTrend trend, LossTrend::Make(fit, runs));
  if (!(std::isfinite(size) && size > 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("size %g is not a finite positive number", size));
  }
  return trend.At(target_flops, size);
}

}  // namespace isoshape
