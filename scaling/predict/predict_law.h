#ifndef ISOSHAPE_SCALING_PREDICT_PREDICT_LAW_H_
#define ISOSHAPE_SCALING_PREDICT_PREDICT_LAW_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/allocation/allocation.h"
#include "scaling/allocation/shape_choice.h"
#include "scaling/laws/law_check.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/geometry.h"

namespace isoshape {

struct PredictLawOptions {
  LawOptions fit;  // of kSurface, kParametric or kShape
  // What is asked; its corpus is that of `fit`, its rule that of
  // `fit.constraint`.
  Allocation allocation = {};
  ShapeCandidates candidates = {};  // kShape and kSurface choose from them
  int choices = 5;                  // the best shape and its runners-up
};

// A shape with its cost compared with the best one.
struct PricedShape {
  ShapeChoice choice;
  double parameters = 0;
  double above_best = 0;  // nats per token
  // The share of the compute that the best shape would save in reaching the
  // loss of this one.
  double wasted_compute = 0;
  std::optional<double> decode_seconds = {};  // absent: latency is not known
  std::string beyond = {};                    // TriedShapes::Beyond
};

// The prediction of a law for one compute.
struct LawPrediction {
  std::string law;
  double largest_flops = 0;                    // of the runs
  SizeMeasure measure = SizeMeasure::kParams;  // of N
  Allocation allocation;   // how compute, size and tokens are tied
  std::string constraint;  // the same in words
  // size, tokens, loss (of the law, not of one run), and, if the law knows
  // shapes, aspect_ratio, depth and width; then what Allocated has beside them.
  std::vector<LawFigure> figures;
  // Best first; of kShape, and of kSurface if the runs tell the best ratio.
  std::vector<PricedShape> shapes;
  double floor = 0;             // E of the fit itself, nats per token
  double compute_exponent = 0;  // g: the best loss - E falls as C^-g
  // N* at a compute, FLOPs, in the fit itself.
  std::function<double(double flops)> best_size;
  // The same with its interval, from the resamples of `figures`; for training
  // on fresh text.
  std::function<BootstrapEstimate(double flops)> best_size_at;
  // ln loss at the best aspect ratio, in the fit itself.
  std::function<double(double ln_size, double ln_tokens)> log_loss_at_best;
  // ln loss of the law at any size, tokens and aspect ratio (which kParametric
  // does not look at; 0: the best of the size), from the same resamples.
  std::function<BootstrapEstimate(double size, double tokens, double ratio)>
      log_loss_at;
  double level = 0.95;
  std::string interval_method;
  bool converged = false;  // the fit
  bool exact = false;      // GoesThroughLosses
  // Standard deviation of ln loss of one run about the law, and its degrees of
  // freedom.
  double scatter = 0;
  int degrees_of_freedom = 0;
  LawCheck check;
  // Standard deviation of ln loss of what the law itself may be off by for each
  // unit of ln(compute / the largest run's), if the check shows less.
  double discrepancy = 0;
  // Why the runs do not identify the law well enough to predict by it; none if
  // they do.
  std::vector<std::string> problems;
  std::vector<std::string> warnings;

  // The element of `figures` with that name, which must be there.
  const LawFigure& Figure(absl::string_view name) const;
};

// The share of the compute that a run of loss `best` would save in reaching
// `loss`, both nats per token: the best loss less E falls as C^-g.
double WastedCompute(const LawPrediction& prediction, double loss, double best);

// The cost of each choice compared with the first, which is the best.
std::vector<PricedShape> Price(const LawPrediction& prediction,
                               const std::vector<ShapeChoice>& choices,
                               const ShapeCandidates& candidates);

// The loss of one new run of a shape: the law's, with half-widths that add in
// quadrature: the law's own interval on that side, the scatter of a run
// (Student's t), and, for a bend that the law does not have, its miss of the
// largest runs when they were left out, grown with the distance and taken as
// one standard deviation.
Interval LossOfRun(const LawPrediction& prediction, double size, double tokens,
                   double ratio);

// Sets scatter and degrees of freedom from the residuals of ln loss of runs of
// those weights (none: all 1), `parameters` being fitted.
void SetScatter(const std::vector<double>& residuals,
                const std::vector<double>& weights, int parameters,
                LawPrediction& prediction);

// `size is not identified: its interval, …`; of a figure that is not.
std::string ProblemOf(const LawFigure& figure);

// Adds to `problems` what keeps a prediction from being trusted: a fit that is
// not converged, runs whose places do not tell size from tokens, a size, tokens
// or loss that is not identified, a check that failed.
void Judge(LawPrediction& prediction, const RunGeometry& geometry,
           const std::string& fit_problem);

// The least loss that the allocation can reach, and the size, tokens and shapes
// that reach it; or the loss of what it fixes. One bootstrap carries through to
// every figure; the law is tried on its largest runs (CheckOnLargest). Errors
// of FitLaw and CheckAllocation; INVALID_ARGUMENT if the law predicts no loss;
// FAILED_PRECONDITION if no shape is within the limits.
absl::StatusOr<LawPrediction> PredictByLaw(const Runs& runs,
                                           const PredictLawOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_PREDICT_LAW_H_
