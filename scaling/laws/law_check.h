#ifndef ISOSHAPE_SCALING_LAWS_LAW_CHECK_H_
#define ISOSHAPE_SCALING_LAWS_LAW_CHECK_H_

#include <functional>
#include <string>
#include <vector>

#include "scaling/runs/runs.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// The runs that a law is fitted to when it is to predict the others: all up to
// the third quartile of their budgets, or of their FLOPs if there are no
// budgets; if that is the largest, all but those of the largest.
std::vector<bool> SmallerRuns(const Runs& runs);

// A prediction of a compute that is put to the test rests on runs that have at
// most this: a quarter of it, beyond rounding.
inline double WellBelow(double flops) { return flops / 4 * (1 + 1e-6); }

// The runs of at most a quarter of the largest compute (budget, if there are
// budgets): what a prediction of the largest from well below it may rest on.
std::vector<bool> WellBelowLargest(const Runs& runs);

// How well a law predicts the runs of most compute if they are left out of its
// fit, which is what a prediction does.
struct LawCheck {
  int runs = 0;      // left out: all but SmallerRuns
  double above = 0;  // every left out run has more FLOPs than this
  // How far the law had to reach: ln of the largest FLOPs left out / the
  // largest kept. What it was fitted to: ln of the largest FLOPs kept / the
  // least kept.
  double reach = 0, span = 0;
  // Mean over the runs left out of ln loss by the law - ln loss measured, and
  // its standard error from what the kept runs leave open of the law and from
  // the scatter of the runs left out.
  double miss = 0, standard_error = 0;
  // Why the law is not to be trusted beyond the runs, or empty.
  std::string problem = {};

  // Standard deviation of what the law itself is off by: what of the miss its
  // standard error does not explain, by the method of moments. Of one miss it
  // is a rough estimate.
  double Discrepancy() const;

  // How many times as far as in this check the law is off at `beyond`, ln of
  // the compute / the largest of the runs, if ln loss bends otherwise than
  // the law by a constant curvature: a curve leaves its chord over a range s by
  // an amount that grows as x (x + s) at x beyond it. At least 1.
  double Growth(double beyond) const;
};

// A check that leaves out the rows that are not kept, before it is made: runs,
// above, reach and span. The span is below 0 if no row is kept.
LawCheck BeginCheck(const Runs& runs, const std::vector<bool>& keep);

// ln loss by a law - ln loss measured, of every row, the law being fitted under
// weights of the rows; none if the fit failed. Called from several threads.
using FitResiduals =
    std::function<std::vector<double>(const std::vector<double>& weights)>;

// `scatter` is the standard deviation of ln loss of one run about the law.
// Refuses a law that misses by more than two standard errors and one percent
// (if there are resamples, which the standard error needs), and one that cannot
// be tried because there are fewer than three budgets.
LawCheck CheckOnLargest(const Runs& runs, const Resampling& resampling,
                        double scatter, const FitResiduals& fit,
                        const Execution& execution);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_LAW_CHECK_H_
