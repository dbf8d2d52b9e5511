#ifndef ISOSHAPE_SCALING_REPORTS_LADDER_REPORT_H_
#define ISOSHAPE_SCALING_REPORTS_LADDER_REPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"

namespace isoshape {

// The law of a ladder, runs on one line of sizes and tokens such as 20 tokens a
// parameter: L = E + k (C / C0)^-g along it, C0 the largest run's FLOPs (Kaplan
// et al. 2020, section 3.2, with a floor). It says nothing off the line, and
// the line is the runs', not a finding.
struct LadderFit {
  // One term: k and g are exp(ln_a[0]) and alpha[0] of x = C / C0.
  Bootstrap<PowerSumFit> bootstrap;
  PowerSumData data;
  double ln_largest = 0;  // ln C0
  // ln D = intercept + slope ln N: the line.
  double intercept = 0, slope = 1;

  double LnScaled(double ln_flops) const { return ln_flops - ln_largest; }
  // `D = 20 N`, in words.
  std::string Line() const;
};

// FAILED_PRECONDITION if the runs are not on one line, or fewer than five
// different ones.
absl::StatusOr<LadderFit> FitLadder(const Runs& runs, const LawOptions& options,
                                    const Resampling& resampling);

// FitLaw by kLadder. Expects runs and options that FitLaw has checked.
absl::StatusOr<LawReport> LadderReport(const Runs& runs,
                                       const LawOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_LADDER_REPORT_H_
