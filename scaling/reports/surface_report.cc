#include "scaling/reports/surface_report.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/reports/report_parts.h"
#include "scaling/reports/surface_figures.h"
#include "scaling/runs/geometry.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {
namespace {

void AddParameters(const Surface& surface, const SurfaceFigures& figures,
                   bool with_shapes, LawReport& report) {
  const auto add = [&](const char* name, const char* meaning,
                       Surface::Parameter which, bool positive) {
    const double value = surface.theta[which];
    report.parameters.push_back(
        figures.Make(name, meaning,
                     {.value = positive ? std::exp(value) : value,
                      .gradient = Surface::Vector::Unit(which),
                      .positive = positive}));
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

void AddDerived(const Surface& surface, const SurfaceFigures& figures,
                double ln_flops, bool with_shapes, const ComputeRule& rule,
                LawReport& report) {
  const std::string where = absl::StrFormat("at %s FLOPs, the largest run",
                                            FormatFlops(std::exp(ln_flops)));
  const auto add = [&](const char* name, const std::string& meaning,
                       const SurfaceFigure& figure) {
    report.derived.push_back(figures.Make(name, meaning + where, figure));
  };
  SurfaceFigure exponent{.positive = false};
  exponent.gradient[Surface::kSizeExponent] = 1;
  exponent.gradient[Surface::kSizeBend] = ln_flops - surface.ln_flops;
  exponent.value = exponent.gradient.dot(surface.theta);
  add("a", "best size grows as C^a ", exponent);
  exponent.value = 1 - rule.exponent * exponent.value;
  exponent.gradient *= -rule.exponent;
  add("b", "best tokens grow as C^b ", exponent);
  const SurfaceFigure size = BestSizeFigure(surface, ln_flops);
  SurfaceFigure tokens = BestTokensFigure(surface, ln_flops, rule);
  add("best_size", "N* ", size);
  tokens.value /= size.value;
  tokens.gradient -= size.gradient;
  add("tokens_per_size", "best D / N ", tokens);
  add("least_loss", "L* ", LeastLossFigure(surface, ln_flops));
  if (with_shapes) {
    add("best_ratio", "best width / depth at N* ",
        BestRatioFigure(surface, ln_flops));
  }
}

}  // namespace

absl::StatusOr<LawReport> SurfaceReport(const Runs& runs,
                                        const LawOptions& options) {
  ISOSHAPE_ASSIGN_OR_RETURN(const ComputeRule rule, RuleOf(runs, options));
  const bool with_shapes = RatiosTell(runs);
  ISOSHAPE_ASSIGN_OR_RETURN(const SurfaceFit fit,
                            FitSurface(runs, rule, with_shapes));
  const SurfaceFigures figures(fit, runs, options);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Resampling none,
      Resampling::CaseBootstrap(runs.rows(), {.count = 0}));
  LawReport report = BeginReport(
      runs, options, none,
      with_shapes ? "ln L = ln(E + K C^-g) + curvature over ln(N/N*(C)) + "
                    "curvature over ln(r/r*(N))"
                  : "ln L = ln(E + K C^-g) + curvature over ln(N/N*(C))");
  report.interval_method = figures.IntervalMethod();
  AddParameters(fit.surface, figures, with_shapes, report);
  double ln_flops = PointOf(runs, rule, false, 0).ln_flops;
  for (size_t i = 1; i < runs.rows(); ++i) {
    ln_flops = std::max(ln_flops, PointOf(runs, rule, false, i).ln_flops);
  }
  AddDerived(fit.surface, figures, ln_flops, with_shapes, rule, report);
  report.findings.push_back(absl::StrFormat(
      "%d of %d runs are near the best size of their compute%s and are used; "
      "they weigh as much as %.1f runs and fix %.1f parameters",
      fit.runs(), runs.rows(), with_shapes ? " and the best aspect ratio" : "",
      fit.effective_runs, fit.effective_parameters));
  report.findings.push_back(absl::StrFormat(
      "one run scatters by %.2g %% about the surface", 100 * fit.noise));
  std::vector<double> residuals;
  for (const double one : fit.residuals) residuals.push_back(-one);
  report.rows = FittedRows(runs, residuals, {.least_absolute = true});
  for (size_t i = 0; i < report.rows.size(); ++i) {
    report.rows[i].weight = fit.used[i] ? 1 : 0;
  }
  report.warnings = RunWarnings(runs);
  MarkByGeometry(runs, report);
  if (!fit.converged) report.warnings.emplace_back("the fit is not converged");
  return report;
}

}  // namespace isoshape
