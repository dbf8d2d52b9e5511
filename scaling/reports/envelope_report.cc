#include <cmath>

#include "absl/strings/str_format.h"
#include "scaling/isoflop/envelope.h"
#include "scaling/reports/law_report_parts.h"

namespace isoshape {

absl::StatusOr<LawReport> EnvelopeReport(const RunTable& table,
                                         const LawOptions& options) {
  const auto sizes = Sizes(table, options.size);
  if (!sizes.ok()) return sizes.status();
  const auto resampling = ResamplingOf(table, options);
  if (!resampling.ok()) return resampling.status();
  const auto bootstrap =
      BootstrapEnvelope(table, *sizes, *resampling, options.execution);
  if (!bootstrap.ok()) return bootstrap.status();
  LawReport report = BeginReport(
      table, options, *resampling,
      "N* = c_N C^a, D* = c_D C^b, L* = c_L C^-g along the lower convex hull "
      "of ln loss over ln FLOPs");
  const auto add = [&](const char* name, const char* meaning,
                       const auto& figure) {
    report.parameters.push_back(
        MakeFigure(*bootstrap, options, name, meaning, figure));
  };
  add("a", "best size grows as C^a",
      [](const EnvelopeLaw& law) { return law.size.slope; });
  add("b", "best tokens grow as C^b",
      [](const EnvelopeLaw& law) { return law.tokens.slope; });
  add("g", "loss falls as C^-g",
      [](const EnvelopeLaw& law) { return -law.loss.slope; });
  add("c_N", "N* at C = 1",
      [](const EnvelopeLaw& law) { return std::exp(law.size.intercept); });
  add("c_D", "D* at C = 1",
      [](const EnvelopeLaw& law) { return std::exp(law.tokens.intercept); });
  add("c_L", "L* at C = 1",
      [](const EnvelopeLaw& law) { return std::exp(law.loss.intercept); });
  report.findings.push_back(absl::StrFormat("%d of %d runs are on the envelope",
                                            bootstrap->fit.rows.size(),
                                            table.rows()));
  WarnOfFailures(report.parameters.front().estimate, report.warnings);
  return report;
}

}  // namespace isoshape
