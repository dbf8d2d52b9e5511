#include "scaling/predict/backtest.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "scaling/allocation/best_aspect_ratio.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/size_optimum.h"
#include "scaling/laws/law_check.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/laws/shape_laws.h"
#include "scaling/reports/report_parts.h"
#include "scaling/statistics/akima.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

int FittedParameters(Law law, const Runs& runs, const LawOptions& options) {
  if (law == Law::kShape) return RatioLaw::kParameters;
  return ParametricOptions(options, ParametricData(runs)).Parameters(2);
}

SizeBacktester::SizeBacktester(const Runs& runs, const LawOptions& options)
    : options_(options) {
  options_.resamples = 0;
  options_.resampling.reset();
  if (runs.budget.empty()) {
    problem_ = "the runs have no budgets whose best size could be measured";
    return;
  }
  const std::vector<SizeCurve> curves = MakeSizeCurves(runs);
  for (size_t i = curves.size(); i-- > 0;) {
    const CurveColumns columns = Columns(curves[i]);
    if (columns.loss.size() < 3) continue;
    const SizeOptimum optimum = FindSizeOptimum(columns, {});
    if (!optimum.problem.empty()) continue;
    flops_ = curves[i].budget;
    ln_best_ = optimum.ln_size;
    ln_size_ = columns.ln_size;
    for (const double loss : columns.loss) ln_loss_.push_back(std::log(loss));
    break;
  }
  if (flops_ == 0) {
    problem_ = "no budget shows a best size";
    return;
  }
  absl::StatusOr<Runs> smaller = RunsUpTo(runs, WellBelow(flops_));
  if (!smaller.ok()) {
    problem_ = "there is no budget of a quarter of the largest or less";
    return;
  }
  smaller_ = *std::move(smaller);
  geometry_ = MeasureGeometry(smaller_);
  const auto rule = RuleOf(runs, options);
  if (rule.ok()) rule_ = *rule;
}

std::optional<double> SizeBacktester::BestSizeBy(Law law) const {
  const Runs& runs = smaller_;
  if ((law == Law::kShape || law == Law::kParametric) &&
      (!geometry_.one_line.empty() || !geometry_.one_budget.empty() ||
       geometry_.different < FittedParameters(law, runs, options_) + 2)) {
    return std::nullopt;
  }
  double size = 0;
  if (law == Law::kSurface) {
    const auto fit = FitSurface(runs, rule_, RatiosTell(runs));
    if (!fit.ok()) return std::nullopt;
    size = std::exp(fit->surface.LnBestSize(std::log(flops_)));
  } else if (law == Law::kIsoflop) {
    const auto none = Resampling::CaseBootstrap(runs.rows(), {.count = 0});
    const auto fit = FitIsoflop(
        runs, *none, {.rule = {.method = options_.rule}}, options_.execution);
    if (!fit.ok() || !fit->size) return std::nullopt;
    size = fit->size->At(flops_);
  } else if (law == Law::kParametric) {
    const PowerSumData data = ParametricData(runs);
    const auto fit = FitPowerSum(data, ParametricOptions(options_, data));
    if (!fit.ok()) return std::nullopt;
    size = OptimumAt(fit->law, flops_, rule_).size;
  } else {
    const RatioLawData data = RatioData(runs);
    std::optional<WeakPriors> prior;
    if (options_.weak_prior) {
      prior = WeakPriorsOf(data.ln_size, data.ln_tokens, data.ln_loss);
    }
    const auto fit = FitRatioLaw(data, options_.loss.huber_delta, prior);
    if (!fit.ok()) return std::nullopt;
    size = OptimumAt(AtBestRatio(fit->law), flops_, rule_).size;
  }
  if (!(std::isfinite(size) && size > 0)) return std::nullopt;
  return size;
}

std::optional<SizeBacktest> SizeBacktester::Try(Law law) const {
  if (!problem_.empty()) return std::nullopt;
  const std::optional<double> size = BestSizeBy(law);
  if (!size) return std::nullopt;
  const Akima curve(ln_size_, ln_loss_);
  const double at =
      std::clamp(std::log(*size), ln_size_.front(), ln_size_.back());
  return SizeBacktest{
      .flops = flops_,
      .measured = std::exp(ln_best_),
      .predicted = *size,
      .regret = std::max(0.0, curve.At(at) - curve.FindMinimum().y)};
}

}  // namespace isoshape
