#ifndef ISOSHAPE_SCALING_REPORTS_REPORT_PARTS_H_
#define ISOSHAPE_SCALING_REPORTS_REPORT_PARTS_H_

#include <Eigen/Dense>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"
#include "scaling/statistics/posterior.h"

namespace isoshape {

// Parts that reports of several laws and predictions have in common.

// A report without figures: law, N, runs, level and how intervals are made.
LawReport BeginReport(const Runs& runs, const LawOptions& options,
                      const Resampling& resampling, std::string formula);

// How compute is spent by the options' constraint: 6 N D, or as the runs' own
// FLOPs grow. Errors of FitComputeRule.
absl::StatusOr<ComputeRule> RuleOf(const Runs& runs, const LawOptions& options);

// FAILED_PRECONDITION if all runs have one size or one number of tokens, or
// there are fewer different runs than `parameters` and two more, which leaves
// no error by which a fit could be judged.
absl::Status CheckSizesAndTokensVary(const Runs& runs, int parameters);

// A warning if all runs are of one compute, which leaves much open.
std::vector<std::string> RunWarnings(const Runs& runs);

// Names as not identified what the places of the runs cannot tell: every figure
// of a report if they lie on one line of sizes and tokens
// (RunGeometry::one_line), and what grows or falls with compute, the exponents
// and E among it, if they are of one budget (RunGeometry::one_budget).
void MarkByGeometry(const Runs& runs, LawReport& report);

// Marks the figures that are not marked yet as not identified for that reason.
void MarkFigures(absl::string_view reason, std::vector<LawFigure>& figures);

// Marks every figure of a fit that has not converged, and warns of it.
void MarkUnconverged(LawReport& report);

// Why E, which came out at its lower bound, and all that rests on it is not
// identified.
inline constexpr char kFloorAtBound[] =
    "E comes out at its bound, 0, and it rests on E";
// The same of gamma.
inline constexpr char kGammaAtBound[] =
    "gamma comes out at its bound, and it rests on gamma";

// Why the sizes of the best runs along compute are those of the design and not
// an answer of the losses: the runs lie on a line, are of one budget or of one
// number of tokens. Empty: they are an answer.
std::string DesignSaysSizes(const Runs& runs);

// Why the runs do not identify a figure: too many resamples failed, or its
// interval has no end; else empty.
std::string UnidentifiedBy(const BootstrapEstimate& estimate);

// Why the interval of the figure of that name is too wide to say what it is, or
// empty. Of exponents, losses and shares one that is wider than twice the value
// is. Counts, and ratios of them, are as well known as their inverse: of these
// it is one whose ends differ by a factor above kWidestFactor, which is the
// same for a value in the middle (of the logarithm); of coefficients at N = 1,
// D = 1 or C = 1, far from any run, by one above 100. Slopes that are 0 if
// nothing bends or drifts are not judged: their interval says whether they are.
std::string WideInterval(absl::string_view name,
                         const BootstrapEstimate& estimate);

// (1 + sqrt(2))^2: [v / f, v f] with f = 1 + sqrt(2) is 2 v wide.
inline constexpr double kWidestFactor = 5.82842712474619;

// Marks the figures whose interval is too wide, of those not marked yet. FitLaw
// does it last to every report; a report itself only where others of its
// figures rest on the marks.
void JudgeWidths(std::vector<LawFigure>& figures);

// The fewest single runs through which a straight line says anything: one for
// each of its two parameters, and two by which it could be judged. Fewer than
// kMinClusters, as everywhere, give no interval.
inline constexpr int kMinOnLine = 4;

// Judges the parameters of a line that only `points` of the runs make, each by
// its own loss: `what` names them, such as `runs on the envelope`. Fewer than
// kMinOnLine: none is identified. Warns if there is no interval for it.
void JudgeLine(int points, absl::string_view what, LawReport& report);

// The options without resamples if a line of `points` runs has no interval.
LawOptions WithIntervalsOfLine(int points, LawOptions options);

// What is said of a coefficient whose standard error is that of its logarithm.
std::string WithErrorOfLogarithm(absl::string_view meaning);

// A figure with its intervals.
LawFigure MakeFigure(std::string name, std::string meaning,
                     const BootstrapEstimate& estimate);

// Says what share of a figure's variance the priors carry. If it is most of it,
// the figure is not identified, unless it is known so well that it does not
// matter where that comes from and the runs say something of it; `deviation` is
// that of its logarithm, or of an exponent itself.
void JudgeByPrior(double share, double deviation, LawFigure& figure);
// The same of a figure of the law's parameters.
void JudgeByPrior(const Posterior& posterior, const Eigen::VectorXd& parameters,
                  const std::function<double(const Eigen::VectorXd&)>& function,
                  LawFigure& figure);

// The law of those parameters, as far as `options` leave them open.
inline PowerSum LawLike(const PowerSum&, const Eigen::VectorXd& parameters,
                        const LawOptions& options) {
  return LawOf(parameters, options.fixed_e);
}
inline RatioLaw LawLike(const RatioLaw&, const Eigen::VectorXd& parameters,
                        const LawOptions&) {
  return RatioLawOf(parameters);
}

// JudgeByPrior of a figure of a fit, if it has priors: `figure` maps its law to
// it.
template <typename Fit, typename Figure>
void JudgeByPriorOf(const Fit& fit, const LawOptions& options,
                    const Figure& figure, LawFigure& made) {
  if constexpr (requires { fit.posterior; }) {
    if (!fit.posterior) return;
    JudgeByPrior(
        *fit.posterior, ParametersOf(fit.law),
        [&](const Eigen::VectorXd& parameters) {
          return static_cast<double>(
              figure(LawLike(fit.law, parameters, options)));
        },
        made);
  }
}

// A figure of a law that was fitted to every resample: `figure` maps the law to
// it.
template <typename Fit, typename Figure>
LawFigure MakeFigure(const Bootstrap<Fit>& bootstrap, const LawOptions& options,
                     std::string name, std::string meaning,
                     const Figure& figure) {
  std::vector<double> draws = bootstrap.Values(bootstrap.resamples, figure);
  LawFigure made = MakeFigure(
      std::move(name), std::move(meaning),
      Estimate(figure(bootstrap.fit.law), draws,
               bootstrap.Values(bootstrap.jackknife, figure), options.level));
  made.draws = std::move(draws);
  JudgeByPriorOf(bootstrap.fit, options, figure, made);
  return made;
}

// The rows of a law whose residuals, ln loss of the law - ln loss measured, are
// counted by `loss`.
std::vector<FittedRow> FittedRows(const Runs& runs,
                                  const std::vector<double>& residuals,
                                  const RobustLoss& loss);

// Adds a warning if resamples failed.
void WarnOfFailures(const BootstrapEstimate& estimate,
                    std::vector<std::string>& warnings);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_REPORT_PARTS_H_
