#ifndef ISOSHAPE_SCALING_REPORTS_LAW_REPORT_PARTS_H_
#define ISOSHAPE_SCALING_REPORTS_LAW_REPORT_PARTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scaling/reports/fit_law.h"
#include "scaling/reports/law_report.h"
#include "scaling/statistics/bootstrap.h"

namespace isoshape {

// The reports of FitLaw, by law; its errors.
absl::StatusOr<LawReport> ParametricReport(const RunTable& table,
                                           const LawOptions& options);
absl::StatusOr<LawReport> ShapeReport(const RunTable& table,
                                      const LawOptions& options);
absl::StatusOr<LawReport> IsoflopReport(const RunTable& table,
                                        const LawOptions& options);
absl::StatusOr<LawReport> EnvelopeReport(const RunTable& table,
                                         const LawOptions& options);
absl::StatusOr<LawReport> MethodsReport(const RunTable& table,
                                        const LawOptions& options);
absl::StatusOr<LawReport> LevineReport(const RunTable& table,
                                       const LawOptions& options);

// What they and predictions share.

// What N is.
std::string DescribeSize(SizeMeasure size);

// A report without figures: law, N, runs, level and how intervals are made.
LawReport BeginReport(const RunTable& table, const LawOptions& options,
                      const Resampling& resampling, std::string formula);

// FAILED_PRECONDITION where all runs have one size or one number of tokens.
absl::Status CheckSizesAndTokensVary(const RunTable& table,
                                     const std::vector<double>& sizes);

// The least and largest training FLOPs of a run: its `flops`, or 6 N D.
std::pair<double, double> FlopsRange(const RunTable& table,
                                     const std::vector<double>& sizes);

// Warnings where the runs leave much open: all of one compute.
std::vector<std::string> RunWarnings(const RunTable& table,
                                     const std::vector<double>& sizes);

// Why a figure is not told by the runs: too many resamples failed, or its
// interval has no end; else empty.
std::string UnidentifiedBy(const BootstrapEstimate& estimate);

// A figure of a law.
template <typename Fit, typename Figure>
LawFigure MakeFigure(const Bootstrap<Fit>& bootstrap, const LawOptions& options,
                     const std::string& name, const std::string& meaning,
                     const Figure& figure) {
  LawFigure result{.name = name,
                   .meaning = meaning,
                   .estimate = bootstrap.Estimate(figure, options.level)};
  result.unidentified = UnidentifiedBy(result.estimate);
  return result;
}

// A warning where resamples failed, else nothing.
void WarnOfFailures(const BootstrapEstimate& estimate,
                    std::vector<std::string>& warnings);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_LAW_REPORT_PARTS_H_
