#ifndef ISOSHAPE_SCALING_LAWS_DIAGNOSIS_H_
#define ISOSHAPE_SCALING_LAWS_DIAGNOSIS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "scaling/laws/power_sum.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// Residuals, ln measured - ln of the law, of the runs of a budget or of sizes
// near each other.
struct ResidualGroup {
  double low = 0, high = 0;  // of the budget or size
  int runs = 0;
  double mean = 0;
  double rms = 0;
  // True if the mean is further from 0 than three times its standard error
  // (from the deviation of all residuals about their mean): the law bends
  // otherwise than the runs here.
  bool departs = false;
};

// Groups by value if there are at most `max_groups` distinct values (such as
// budgets), else `max_groups` groups of equally many runs in order of value
// (such as sizes). Runs of equal value are always in one group.
std::vector<ResidualGroup> GroupResiduals(const std::vector<double>& values,
                                          const std::vector<double>& residuals,
                                          int max_groups);

// One line for each group that departs; `what` names the value (`budget`) and
// `format` writes it (FormatFlops).
std::vector<std::string> ResidualWarnings(
    const std::string& what, const std::vector<ResidualGroup>& groups,
    absl::FunctionRef<std::string(double)> format);

// How a figure changes if one unit (a run, or a cluster of them) is left out.
struct Influence {
  int unit = 0;
  double shift = 0;  // of the figure, without it - with it
  // Its share of the jackknife variance of the figure: (shift - mean shift)^2
  // over the sum of these. If all pull alike it is 1 / units.
  double share = 0;
  // True if the share is above a tenth and above five times 1 / units.
  bool pulls = false;
};

// The influence of every unit, by descending |shift|. `without[u]` is the
// figure without unit u; NaN, of a fit that failed, is left out.
std::vector<Influence> FindInfluence(double value,
                                     const std::vector<double>& without);

// A parameter that the data do not fix, and why, in one line. Its digits mean
// nothing and are not to be shown.
struct Unidentified {
  std::string parameter;
  std::string reason;
};

// Parameters that are not identified by the shape of the objective at the
// optimum, without any resample: if the condition (PowerSumFit::condition) is
// above 1e6, those that move along its flattest direction. Names are `A`,
// `alpha`, `B`, `beta` for two terms, else `A1`, `alpha1`, ...; `gamma` if it
// is free; and `E`.
std::vector<Unidentified> UnidentifiedByCondition(
    const PowerSumFit& fit, const PowerSumData& data,
    const PowerSumOptions& options);

// Whether E ended at its lower bound, 0: the losses do not show any.
bool AtLowerBound(const PowerSum& law, const PowerSumData& data);

// Whether gamma ended at kMinGamma or kMaxGamma: the losses do not show how
// small or large it is.
bool GammaAtBound(const PowerSum& law);

// The largest E, held fixed, with which the law fits the runs about as well as
// `best`, fitted by `options`, does: the objective rises by less than the mean
// of a run's share. At most the least loss.
double HighestFloor(const PowerSumData& data, const PowerSumFit& best,
                    PowerSumOptions options);

// FAILED_PRECONDITION if an E that was given is not below every loss.
absl::Status CheckFixedE(const Runs& runs, std::optional<double> fixed_e);

// One line if some losses lie further from the law than any scatter explains
// (`residuals` are of ln loss): which, by how much, and what share of the
// robust objective they are.
std::vector<std::string> OutlierWarnings(const Runs& runs,
                                         const std::vector<double>& residuals,
                                         const RobustLoss& loss);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_DIAGNOSIS_H_
