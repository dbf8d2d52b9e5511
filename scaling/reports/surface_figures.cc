#include "scaling/reports/surface_figures.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {
namespace {

// A figure is not identified if the priors carry more than this share of its
// variance, unless it is known so well (the deviation of its logarithm) that it
// does not matter where that comes from.
constexpr double kMaxPriorShare = 0.5;
constexpr double kSmallDeviation = 0.05;

}  // namespace

SurfaceFigures::SurfaceFigures(const SurfaceFit& fit, const LawOptions& options)
    : fit_(fit),
      options_(options),
      draws_(fit.Draws(options.resamples, options.seed)) {}

BootstrapEstimate SurfaceFigures::Estimate(
    const std::function<double(const Surface&)>& figure) const {
  std::vector<double> values;
  values.reserve(draws_.size());
  for (const Surface& draw : draws_) values.push_back(figure(draw));
  return isoshape::Estimate(figure(fit_.surface), values, {}, options_.level);
}

LawFigure SurfaceFigures::Make(
    std::string name, std::string meaning,
    const std::function<double(const Surface&)>& figure,
    const Surface::Vector& gradient) const {
  LawFigure made =
      MakeFigure(std::move(name), std::move(meaning), Estimate(figure));
  made.prior_share = fit_.PriorShare(gradient);
  if (made.unidentified.empty() && *made.prior_share > kMaxPriorShare &&
      fit_.Deviation(gradient) > kSmallDeviation) {
    made.unidentified = absl::StrFormat(
        "the priors and not the runs say what it is (%.0f %% of its variance)",
        100 * *made.prior_share);
  }
  return made;
}

std::string SurfaceFigures::IntervalMethod() const {
  if (draws_.empty()) return "";
  return absl::StrFormat(
      "posterior of the surface, %d draws of seed %d, weak priors",
      draws_.size(), options_.seed);
}

}  // namespace isoshape
