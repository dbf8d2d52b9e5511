#include "scaling/reports/surface_figures.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/run_clusters.h"
#include "scaling/statistics/cluster_covariance.h"
#include "scaling/statistics/draws.h"

namespace isoshape {

SurfaceFigures::SurfaceFigures(const SurfaceFit& fit, const Runs& runs,
                               const LawOptions& options)
    : fit_(fit), options_(options) {
  const int clusters = CountClusters(RunClusters(runs));
  const bool few = clusters > 0 && clusters < kMinClusters;
  if (!few) draws_ = fit.Draws(options.resamples, options.seed);
}

std::vector<double> SurfaceFigures::Drawn(const SurfaceFigure& figure) const {
  return OfEachDraw(draws_.size(), [&](size_t i) {
    const double departure = figure.gradient.dot(draws_[i]);
    return figure.positive ? figure.value * std::exp(departure)
                           : figure.value + departure;
  });
}

BootstrapEstimate SurfaceFigures::Estimate(const SurfaceFigure& figure) const {
  return isoshape::Estimate(figure.value, Drawn(figure), {}, options_.level);
}

void SurfaceFigures::Judge(const SurfaceFigure& figure, LawFigure& made) const {
  JudgeByPrior(fit_.PriorShare(figure.gradient),
               fit_.Deviation(figure.gradient), made);
}

LawFigure SurfaceFigures::Make(std::string name, std::string meaning,
                               const SurfaceFigure& figure) const {
  std::vector<double> draws = Drawn(figure);
  LawFigure made =
      MakeFigure(std::move(name), std::move(meaning),
                 isoshape::Estimate(figure.value, draws, {}, options_.level));
  made.draws = std::move(draws);
  Judge(figure, made);
  return made;
}

LawFigure SurfaceFigures::Make(
    std::string name, std::string meaning, const std::vector<SurfaceFigure>& of,
    const std::function<double(const std::vector<double>&)>& function) const {
  std::vector<std::vector<double>> drawn;
  std::vector<double> arguments;
  for (const SurfaceFigure& one : of) {
    drawn.push_back(Drawn(one));
    arguments.push_back(one.value);
  }
  const double value = function(arguments);
  std::vector<double> values = OfEachDraw(draws_.size(), [&](size_t r) {
    for (size_t k = 0; k < of.size(); ++k) arguments[k] = drawn[k][r];
    return function(arguments);
  });
  LawFigure made =
      MakeFigure(std::move(name), std::move(meaning),
                 isoshape::Estimate(value, values, {}, options_.level));
  made.draws = std::move(values);
  Judge(of.back(), made);
  return made;
}

std::string SurfaceFigures::IntervalMethod() const {
  if (draws_.empty()) return "";
  return absl::StrFormat(
      "posterior of the surface, %d draws of seed %d, weak priors",
      draws_.size(), options_.seed);
}

SurfaceFigure BestSizeFigure(const Surface& surface, double ln_flops) {
  return {.value = std::exp(surface.LnBestSize(ln_flops)),
          .gradient = surface.GradientOfLnBestSize(ln_flops)};
}

SurfaceFigure BestRatioFigure(const Surface& surface, double ln_flops) {
  return {.value = std::exp(surface.LnBestRatio(surface.LnBestSize(ln_flops))),
          .gradient = surface.GradientOfLnBestRatio(ln_flops)};
}

SurfaceFigure LeastLossFigure(const Surface& surface, double ln_flops) {
  return {.value = std::exp(surface.LnLeastLoss(ln_flops)),
          .gradient = surface.GradientOfLnLeastLoss(ln_flops)};
}

SurfaceFigure LogLossFigure(const Surface& surface, const SurfacePoint& point) {
  SurfaceFigure figure{.positive = false};
  figure.value = surface.LogLoss(point, figure.gradient);
  return figure;
}

SurfaceFigure BestTokensFigure(const Surface& surface, double ln_flops,
                               const ComputeRule& rule) {
  return {.value = rule.Tokens(std::exp(surface.LnBestSize(ln_flops)),
                               std::exp(ln_flops)),
          .gradient = -rule.exponent * surface.GradientOfLnBestSize(ln_flops)};
}

}  // namespace isoshape
