#ifndef ISOSHAPE_SCALING_REPORTS_METHOD_COMPARISON_H_
#define ISOSHAPE_SCALING_REPORTS_METHOD_COMPARISON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {

struct MethodComparisonOptions {
  PowerSumOptions parametric = {};
  double level = 0.95;
  uint64_t seed = 0;        // of isoFLOP draws by noise
  double target_flops = 0;  // 0: ten times the FLOPs of the largest run
};

// The figures that one method gives for the runs.
struct MethodFigures {
  // `isoflop` (the one fit, kIsoflop), `isoflop-akima`, `isoflop-full-range`,
  // `envelope`, `parametric`.
  std::string method;
  bool biased = false;               // known to be: for comparison only
  BootstrapEstimate size_exponent;   // a of N* ~ C^a
  BootstrapEstimate size_at_target;  // N*
};

// Two methods whose size exponents are more than 0.02 apart, or further apart
// than resampling explains.
struct Disagreement {
  std::string first, second;
  BootstrapEstimate difference;  // of the exponents, first - second
};

struct MethodComparison {
  double target_flops = 0;
  std::vector<MethodFigures> methods;  // those that could be applied
  std::vector<Disagreement> disagreements;
  // Methods left out with the reason, and one line for each disagreement that
  // resampling does not explain.
  std::vector<std::string> warnings;
  // One line for each that it does.
  std::vector<std::string> findings;
};

// The methods side by side on one resampling. Those known to be biased take no
// part in disagreements. Errors of CheckRuns; FAILED_PRECONDITION if no method
// can be applied.
absl::StatusOr<MethodComparison> CompareMethods(
    const Runs& runs, const Resampling& resampling,
    const MethodComparisonOptions& options, const Execution& execution);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_METHOD_COMPARISON_H_
