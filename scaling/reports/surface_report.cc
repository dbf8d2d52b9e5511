#include "scaling/reports/surface_report.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "scaling/reports/report_parts.h"
#include "scaling/reports/surface_figures.h"
#include "scaling/runs/geometry.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {
namespace {

void AddParameters(const SurfaceFigures& figures, bool with_shapes,
                   LawReport& report) {
  const auto add = [&](const char* name, const char* meaning,
                       Surface::Parameter which, bool exponential) {
    report.parameters.push_back(figures.Make(
        name, meaning,
        [=](const Surface& surface) {
          const double value = surface.theta[which];
          return exponential ? std::exp(value) : value;
        },
        Surface::Vector::Unit(which)));
  };
  add("E", "loss that no compute removes", Surface::kFloor, true);
  add("g", "the rest of the best loss falls as C^-g", Surface::kLnDecay, true);
  add("n1", "best size grows as C^n1, at the centre", Surface::kSizeExponent,
      false);
  add("n2", "change of that exponent with ln C", Surface::kSizeBend, false);
  add("curvature", "of ln L over ln N at the best size, at the centre",
      Surface::kLnCurvature, true);
  add("skew", "above 0, too large costs more than too small", Surface::kSkew,
      false);
  if (!with_shapes) return;
  add("ratio_curvature", "of ln L over ln aspect ratio",
      Surface::kLnRatioCurvature, true);
  add("c1", "growth of ln r* with ln N", Surface::kRatioDrift, false);
}

void AddDerived(const SurfaceFit& fit, const SurfaceFigures& figures,
                double ln_flops, bool with_shapes, const ComputeRule& rule,
                LawReport& report) {
  const std::string where =
      absl::StrFormat("at %.3g FLOPs, the largest run", std::exp(ln_flops));
  const Surface::Vector size = fit.surface.GradientOfLnBestSize(ln_flops);
  Surface::Vector exponent = Surface::Vector::Zero();
  exponent[Surface::kSizeExponent] = 1;
  exponent[Surface::kSizeBend] = ln_flops - fit.surface.ln_flops;
  report.derived.push_back(figures.Make(
      "a", "best size grows as C^a " + where,
      [=](const Surface& one) { return exponent.dot(one.theta); }, exponent));
  report.derived.push_back(figures.Make(
      "b", "best tokens grow as C^b " + where,
      [=](const Surface& one) {
        return 1 - rule.exponent * exponent.dot(one.theta);
      },
      exponent));
  report.derived.push_back(figures.Make(
      "best_size", "N* " + where,
      [=](const Surface& one) { return std::exp(one.LnBestSize(ln_flops)); },
      size));
  report.derived.push_back(figures.Make(
      "tokens_per_size", "best D / N " + where,
      [=](const Surface& one) {
        const double best = std::exp(one.LnBestSize(ln_flops));
        return rule.Tokens(best, std::exp(ln_flops)) / best;
      },
      size));
  report.derived.push_back(figures.Make(
      "least_loss", "L* " + where,
      [=](const Surface& one) { return std::exp(one.LnLeastLoss(ln_flops)); },
      fit.surface.GradientOfLnLeastLoss(ln_flops)));
  if (!with_shapes) return;
  report.derived.push_back(figures.Make(
      "best_ratio", "best width / depth at N* " + where,
      [=](const Surface& one) {
        return std::exp(one.LnBestRatio(one.LnBestSize(ln_flops)));
      },
      fit.surface.GradientOfLnBestRatio(ln_flops)));
}

}  // namespace

absl::StatusOr<LawReport> SurfaceReport(const Runs& runs,
                                        const LawOptions& options) {
  ComputeRule rule;
  if (options.constraint == ComputeConstraint::kFlops) {
    ISOSHAPE_ASSIGN_OR_RETURN(rule, FitComputeRule(runs));
  }
  const bool with_shapes =
      runs.has_shapes() && MeasureGeometry(runs).one_ratio.empty();
  ISOSHAPE_ASSIGN_OR_RETURN(const SurfaceFit fit,
                            FitSurface(runs, rule, with_shapes));
  const SurfaceFigures figures(fit, options);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Resampling none,
      Resampling::CaseBootstrap(runs.rows(), {.count = 0}));
  LawReport report = BeginReport(
      runs, options, none,
      with_shapes ? "ln L = ln(E + K C^-g) + curvature over ln(N/N*(C)) + "
                    "curvature over ln(r/r*(N))"
                  : "ln L = ln(E + K C^-g) + curvature over ln(N/N*(C))");
  report.interval_method = figures.IntervalMethod();
  AddParameters(figures, with_shapes, report);
  double ln_flops = PointOf(runs, rule, false, 0).ln_flops;
  for (size_t i = 1; i < runs.rows(); ++i) {
    ln_flops = std::max(ln_flops, PointOf(runs, rule, false, i).ln_flops);
  }
  AddDerived(fit, figures, ln_flops, with_shapes, rule, report);
  report.findings.push_back(absl::StrFormat(
      "%d of %d runs are near the best size of their compute%s and are used; "
      "they weigh as much as %.1f runs and fix %.1f parameters",
      fit.runs(), runs.rows(), with_shapes ? " and the best aspect ratio" : "",
      fit.effective_runs, fit.effective_parameters));
  report.findings.push_back(absl::StrFormat(
      "one run scatters by %.2g %% about the surface", 100 * fit.noise));
  report.warnings = RunWarnings(runs);
  if (!fit.converged) report.warnings.emplace_back("the fit is not converged");
  return report;
}

}  // namespace isoshape
