#ifndef ISOSHAPE_SCALING_LAWS_SHAPE_LAWS_H_
#define ISOSHAPE_SCALING_LAWS_SHAPE_LAWS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/laws/shape_test.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// One law of the comparison.
struct ShapeLawScore {
  std::string name;     // `none`, `ratio`, `four-term`, `width-depth`
  std::string formula;  // as people write it
  int parameters = 0;
  double objective = 0;       // on all runs
  double in_sample_rmse = 0;  // of ln loss on all runs
  // Root mean square of the residuals of ln loss on the runs that were left
  // out; NaN if the fit without them was not possible.
  double held_out_rmse = 0;
  bool converged = false;
  std::string problem;
};

struct ShapeLawOptions {
  double huber_delta = 1e-3;
  double level = 0.95;
  bool weak_prior = false;  // of the ratio law
  // Whether laws are held against each other; else `none` and `ratio` are
  // fitted to all runs, and nothing is scored.
  bool scores = true;
};

struct ShapeLawComparison {
  std::vector<ShapeLawScore> scores;  // `none` first
  int chosen = 0;                     // of least held-out error
  std::string explanation;            // of the choice, one sentence
  int runs = 0, held_out = 0;
  double held_out_above = 0;  // FLOPs: runs beyond were left out
  RatioLawFit ratio;          // on all runs
  PowerSumFit none, four_term, width_depth;
  RatioLawData data;
  std::optional<WeakPriors> prior;  // of the ratio law
  std::vector<std::string> warnings;
};

// Fits the four laws, each also to SmallerRuns alone
// (scaling/laws/law_check.h), to be held against the others. The
// four-term law is left out if params are not known. FAILED_PRECONDITION if
// width or depth are not known, or one of the first two laws cannot be fitted
// at all, with the reason.
absl::StatusOr<ShapeLawComparison> CompareShapeLaws(
    const Runs& runs, const ShapeLawOptions& options);

// The logarithms of runs whose shapes are known.
RatioLawData RatioData(const Runs& runs);

// ln loss by the law - ln loss measured, of every row.
std::vector<double> Residuals(const RatioLaw& law, const RatioLawData& data);

// The ratio law of a comparison on every resample.
Bootstrap<RatioLawFit> BootstrapRatioLaw(const ShapeLawComparison& comparison,
                                         const Resampling& resampling,
                                         const ShapeLawOptions& options,
                                         const Execution& execution);

// What the runs say about the two hypotheses that shape does not matter (G = 0)
// and that one aspect ratio is best at every size (c1 = 0). Neither is rejected
// by a fit that is not converged.
struct ShapeHypotheses {
  bool shape_matters = false;
  bool ratio_drifts = false;  // the interval of c1 leaves 0 out
  ShapeTest test;             // of the first
};
ShapeHypotheses JudgeShape(const Runs& runs,
                           const ShapeLawComparison& comparison,
                           const Bootstrap<RatioLawFit>& bootstrap,
                           double level);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_SHAPE_LAWS_H_
