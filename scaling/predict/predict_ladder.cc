#include "scaling/predict/predict_ladder.h"

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/laws/diagnosis.h"
#include "scaling/reports/ladder_report.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/geometry.h"

namespace isoshape {
namespace {

// How far beyond the largest run a ladder without a floor is followed.
constexpr double kReachWithoutFloor = 10;

// A place counts as on the runs' own line if its tokens are within this factor
// of the line's.
constexpr double kOnLine = 1.25;

// The size at the allocation's compute: that of the runs' own line, or what the
// question fixes, if that lies on the line.
absl::StatusOr<double> SizeOnLine(const LadderFit& ladder,
                                  const Allocation& allocation) {
  const double own =
      std::exp((std::log(allocation.flops) - allocation.rule.ln_coefficient -
                ladder.intercept) /
               (allocation.rule.exponent + ladder.slope));
  if (!allocation.fixed()) return own;
  const double size = allocation.place
                          ? allocation.place->size
                          : std::exp(LnBestSize(allocation, {}, std::log(own)));
  const double on_line =
      std::exp(ladder.intercept + ladder.slope * std::log(size));
  const double off = allocation.Tokens(size) / on_line;
  if (std::abs(std::log(off)) <= std::log(kOnLine)) return size;
  return absl::FailedPreconditionError(absl::StrFormat(
      "size %s on %s tokens is off the runs' own line, %s, on which alone "
      "they tell the loss (%s tokens there); ask for a place on it, or add "
      "runs at that ratio",
      FormatCount(size), FormatCount(allocation.Tokens(size)), ladder.Line(),
      FormatCount(on_line)));
}

// The size, tokens and loss of the allocation's compute on the runs' own line;
// `x` is its ln in the ladder's scale.
void AddFigures(const LadderFit& ladder, const LawOptions& fit, double size,
                double x, LawPrediction& prediction) {
  const Allocation& allocation = prediction.allocation;
  const bool fixed = allocation.fixed();
  const auto given = [&](const char* name, const char* meaning, double value) {
    prediction.figures.push_back(
        MakeFigure(name, meaning, Estimate(value, {}, {}, fit.level)));
  };
  given("size", fixed ? "N" : "N at which the runs' line has this compute",
        size);
  given("tokens", fixed ? "D" : "D there", allocation.Tokens(size));
  prediction.figures.push_back(MakeFigure(
      ladder.bootstrap, fit, "loss",
      "along the line; one run scatters about it",
      [&](const PowerSum& law) { return std::exp(law.LogLoss({x})); }));
  prediction.warnings.push_back(absl::StrCat(
      fixed ? "the loss is told along the runs' own line alone, "
            : "size and tokens are those of the runs' own line, ",
      ladder.Line(),
      ", not the best: no run says what another ratio would give"));
}

// Says that the law has no floor, and marks a loss beyond the reach of such a
// law; x is 0 at the largest run.
void WarnOfNoFloor(double x, LawPrediction& prediction) {
  prediction.warnings.emplace_back(kFloorAtBound);
  if (x <= std::log(kReachWithoutFloor)) return;
  for (LawFigure& figure : prediction.figures) {
    if (figure.name == "loss") figure.unidentified = kFloorAtBound;
  }
}

}  // namespace

absl::StatusOr<LawPrediction> PredictByLadder(const Runs& runs,
                                              const PredictLawOptions& options,
                                              const Resampling& resampling,
                                              LawPrediction prediction) {
  const Allocation& allocation = prediction.allocation;
  if (allocation.serve_tokens > 0 || allocation.corpus_tokens ||
      allocation.target_loss) {
    return absl::InvalidArgumentError(
        "the law ladder knows the runs' own line of sizes and tokens alone; "
        "ask it for the loss at a compute, or of a size and its tokens there");
  }
  const LawOptions& fit = options.fit;
  ISOSHAPE_ASSIGN_OR_RETURN(LadderFit fitted, FitLadder(runs, fit, resampling));
  const auto ladder = std::make_shared<const LadderFit>(std::move(fitted));
  const PowerSumFit& best = ladder->bootstrap.fit;
  const double x = ladder->LnScaled(std::log(allocation.flops));
  ISOSHAPE_ASSIGN_OR_RETURN(const double size, SizeOnLine(*ladder, allocation));
  AddFigures(*ladder, fit, size, x, prediction);
  prediction.floor = best.law.e;
  prediction.compute_exponent = best.law.alpha[0];
  const auto at = [ladder, rule = allocation](double n, double d) {
    return ladder->LnScaled(rule.LnTrainingFlops(n, d));
  };
  prediction.log_loss_at_best = [ladder, at](double n, double d) {
    return ladder->bootstrap.fit.law.LogLoss({at(n, d)});
  };
  prediction.log_loss_at = [ladder, at, level = fit.level](double n, double d,
                                                           double) {
    const double where = at(std::log(n), std::log(d));
    return ladder->bootstrap.Estimate(
        [&](const PowerSum& law) { return law.LogLoss({where}); }, level);
  };
  prediction.converged = best.converged;
  const PowerSumOptions how = ParametricOptions(fit, ladder->data);
  SetScatter(Residuals(best.law, ladder->data), ladder->data.weights,
             how.Parameters(1), prediction);
  const PowerSumRefitter refitter(ladder->data, how, best);
  prediction.check = CheckOnLargest(
      runs, resampling, prediction.scatter,
      [&](const std::vector<double>& weights) {
        const PowerSumFit one = refitter.Fit(weights);
        return one.converged ? Residuals(one.law, ladder->data)
                             : std::vector<double>();
      },
      fit.execution);
  if (!fit.fixed_e && AtLowerBound(best.law, ladder->data)) {
    WarnOfNoFloor(x, prediction);
  }
  // That the line tells no best size is known, and is not what is asked.
  Judge(prediction, RunGeometry(), best.problem);
  return prediction;
}

}  // namespace isoshape
