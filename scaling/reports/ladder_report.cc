#include "scaling/reports/ladder_report.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/laws/diagnosis.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/reports/parametric_report.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/geometry.h"
#include "scaling/statistics/logs.h"
#include "scaling/statistics/mean.h"

namespace isoshape {
std::string LadderFit::Line() const {
  if (std::abs(slope - 1) < kSameSlope) {
    return absl::StrFormat("about D = %.4g N", std::exp(intercept));
  }
  return absl::StrFormat("about D = %.4g N^%.3f", std::exp(intercept), slope);
}

absl::StatusOr<LadderFit> FitLadder(const Runs& runs, const LawOptions& options,
                                    const Resampling& resampling) {
  const PowerSumOptions how{.loss = options.loss, .fixed_e = options.fixed_e};
  ISOSHAPE_RETURN_IF_ERROR(CheckSizesAndTokensVary(runs, how.Parameters(1)));
  const RunGeometry geometry = MeasureGeometry(runs);
  if (geometry.one_line.empty()) {
    return absl::FailedPreconditionError(
        "law ladder is of runs on one line of sizes and tokens, and these "
        "differ in both; set law surface or parametric");
  }
  LadderFit ladder;
  ladder.slope = geometry.token_slope;
  if (std::abs(ladder.slope - 1) < kSameSlope) ladder.slope = 1;
  ladder.intercept =
      Mean(Logs(runs.tokens)) - ladder.slope * Mean(Logs(runs.size));
  const std::vector<double> flops = runs.TrainingFlops();
  ladder.ln_largest = std::log(*std::max_element(flops.begin(), flops.end()));
  ladder.data.ln_x.emplace_back();
  ladder.data.weights = runs.weight;
  for (size_t i = 0; i < runs.rows(); ++i) {
    ladder.data.ln_x[0].push_back(ladder.LnScaled(std::log(flops[i])));
    ladder.data.ln_loss.push_back(std::log(runs.loss[i]));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      ladder.bootstrap,
      BootstrapPowerSum(ladder.data, how, resampling, options.execution));
  return ladder;
}

absl::StatusOr<LawReport> LadderReport(const Runs& runs,
                                       const LawOptions& options) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, options));
  ISOSHAPE_ASSIGN_OR_RETURN(const LadderFit ladder,
                            FitLadder(runs, options, resampling));
  LawReport report = BeginReport(runs, options, resampling,
                                 "L = E + k (C / C0)^-g along the ladder, C0 "
                                 "the largest run's FLOPs");
  const PowerSumFit& fit = ladder.bootstrap.fit;
  const auto add = [&](const char* name, const char* meaning,
                       double (*figure)(const PowerSum&)) {
    report.parameters.push_back(
        MakeFigure(ladder.bootstrap, options, name, meaning, figure));
  };
  add("E",
      options.fixed_e ? "loss that no rung reaches, fixed"
                      : "loss that no rung reaches",
      [](const PowerSum& law) { return law.e; });
  add("k", "the rest at C0",
      [](const PowerSum& law) { return std::exp(law.ln_a[0]); });
  add("g", "the rest falls as C^-g",
      [](const PowerSum& law) { return law.alpha[0]; });
  if (!options.fixed_e && AtLowerBound(fit.law, ladder.data)) {
    MarkFigures(kFloorAtBound, report.parameters);
  }
  report.optimum = OptimumOf(fit);
  report.rows = FittedRows(runs, Residuals(fit.law, ladder.data), options.loss);
  report.findings.push_back(
      absl::StrFormat("C0 is %s FLOPs; the runs lie on %s, which is their "
                      "choice and not a finding",
                      FormatFlops(std::exp(ladder.ln_largest)), ladder.Line()));
  report.warnings = RunWarnings(runs);
  MarkUnconverged(report);
  WarnOfFailures(report.parameters.front().estimate, report.warnings);
  return report;
}

}  // namespace isoshape
