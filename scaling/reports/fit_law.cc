#include "scaling/reports/fit_law.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/threads/cancellation.h"
#include "scaling/laws/repeated_data.h"
#include "scaling/reports/envelope_report.h"
#include "scaling/reports/isoflop_report.h"
#include "scaling/reports/ladder_report.h"
#include "scaling/reports/levine_report.h"
#include "scaling/reports/methods_report.h"
#include "scaling/reports/parametric_report.h"
#include "scaling/reports/report_parts.h"
#include "scaling/reports/shape_report.h"
#include "scaling/reports/surface_report.h"

namespace isoshape {
namespace {

absl::StatusOr<LawReport> ReportByLaw(const Runs& runs,
                                      const LawOptions& options) {
  switch (options.law) {
    case Law::kSurface:
      return SurfaceReport(runs, options);
    case Law::kParametric:
      return ParametricReport(runs, options);
    case Law::kShape:
      return ShapeReport(runs, options);
    case Law::kLevine:
      return LevineReport(runs, options);
    case Law::kIsoflop:
      return IsoflopReport(runs, options);
    case Law::kEnvelope:
      return EnvelopeReport(runs, options);
    case Law::kMethods:
      return MethodsReport(runs, options);
    case Law::kLadder:
      return LadderReport(runs, options);
  }
  return absl::InvalidArgumentError("no such law");
}

// The report of a law, every figure of which is judged.
absl::StatusOr<LawReport> Report(const Runs& runs, const LawOptions& options) {
  if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
  ISOSHAPE_ASSIGN_OR_RETURN(LawReport report, ReportByLaw(runs, options));
  JudgeWidths(report.parameters);
  JudgeWidths(report.derived);
  return report;
}

// Laws that look for the best run know no weights.
void WarnOfWeights(const Runs& runs, const LawOptions& options,
                   LawReport& report) {
  if (runs.weight.empty() ||
      (options.law != Law::kEnvelope && options.law != Law::kLevine)) {
    return;
  }
  report.warnings.push_back(absl::StrFormat(
      "the law %s rests on the best runs, whatever they weigh: weights do not "
      "count",
      LawName(options.law)));
}

}  // namespace

absl::StatusOr<LawReport> FitLaw(const Runs& runs, const LawOptions& options) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRuns(runs));
  ISOSHAPE_RETURN_IF_ERROR(CheckLawOptions(options));
  ISOSHAPE_RETURN_IF_ERROR(CheckTakes(options.law, options));
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs used,
                            RunsUpTo(runs, options.max_budget));
  if (!options.corpus_tokens) {
    ISOSHAPE_ASSIGN_OR_RETURN(LawReport report, Report(used, options));
    WarnOfWeights(used, options, report);
    return report;
  }
  const double corpus = *options.corpus_tokens;
  ISOSHAPE_ASSIGN_OR_RETURN(
      LawReport report, Report(WithEffectiveTokens(used, corpus, {}), options));
  const std::vector<std::string> warnings =
      RepetitionWarnings(used, corpus, {});
  report.warnings.insert(report.warnings.begin(), warnings.begin(),
                         warnings.end());
  return report;
}

}  // namespace isoshape
