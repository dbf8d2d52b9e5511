#ifndef ISOSHAPE_SCALING_PREDICT_PREDICT_H_
#define ISOSHAPE_SCALING_PREDICT_PREDICT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/allocation/allocation.h"
#include "scaling/allocation/decode_latency.h"
#include "scaling/allocation/next_run.h"
#include "scaling/allocation/shape_choice.h"
#include "scaling/laws/law_check.h"
#include "scaling/predict/predict_law.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {

// A run whose loss is asked for: by its size, or by its depth and width.
struct AskedRun {
  double size = 0;  // N; 0: that of the shape
  int64_t depth = 0, width = 0;
  double tokens = 0;  // D
};

// What is the best shape at a compute, and what loss will a run of it have? Or
// what loss will a given run have?
struct PredictionQuestion {
  // Compute to predict for, training and serving together; with `run` it is the
  // run's own.
  double flops = 0;
  // The compute also serves so many tokens; 0: it trains alone.
  double serve_tokens = 0;
  // Overtraining: tokens per unit of size, whatever is best.
  std::optional<double> tokens_per_size = {};
  std::optional<AskedRun> run = {};
  // The compute that reaches this loss with the least FLOPs of training and
  // serving together, by the parametric law; `flops` is 0. One served token
  // takes at most `max_serve_flops`.
  std::optional<double> target_loss = {};
  std::optional<double> max_serve_flops = {};
  // kSurface, kShape, kParametric or kIsoflop; absent: the one of these that
  // predicts the largest budget best when it is left out, and is identified.
  std::optional<Law> law = {};
  LawOptions fit = {};  // how laws are fitted; its `law` does not count
  // The shapes to choose from; `latency` is fitted to `measured`.
  ShapeCandidates candidates = {};
  std::vector<MeasuredDecode> measured = {};
  // True if the question itself limits the shapes: then a shape far from the
  // best size is an answer.
  bool limited = false;
  int choices = 5;  // the best shape and its runners-up
  int advise = 0;   // so many runs to add next (AdviseNextRuns)
  // Answer a compute more than kFarthest times beyond all runs, too.
  bool anyway = false;
};

// How the question says that compute is spent, by C = 6 N D.
Allocation AllocationOf(const PredictionQuestion& question);

// A compute beyond the largest run, or below the smallest, by more than this
// factor is refused: nothing in the runs speaks of it.
inline constexpr double kFarthest = 1000;

// The answer, in the form in which people and programs get it.
struct Prediction {
  std::string law;            // `surface`, `shape`, `parametric` or `isoflop`
  double flops = 0;           // in all
  double training_flops = 0;  // of them
  Allocation asked = {};
  std::optional<double> target_loss = {};  // if that was asked
  double largest_flops = 0;                // measured
  std::string constraint;  // how compute, size and tokens are tied
  double level = 0.95;     // of all intervals
  std::string method;      // one sentence
  // Why the runs do not tell the answer: the first of size, tokens and loss (of
  // a run or a fixed number of tokens per size: the loss) that is not
  // identified as a figure, or empty; only of a law that was asked for by name.
  // If they do not, size, tokens, loss and shapes stand together for nothing
  // and are not to be shown; what is identified of them is among the figures.
  std::string unidentified;
  // At the optimum, before a shape is chosen; or what the question fixes.
  BootstrapEstimate size, tokens;
  std::string interval_method;  // of these and of figures
  // The loss of one new run of the best shape or, if that is not known, of the
  // optimum.
  Interval loss;
  std::string loss_method;
  double aspect_ratio = 0;  // aimed at; 0: the runs' shapes are not known
  // The runs do not tell it: it is a middle of what was tried, so that a shape
  // can be named, and not a figure to be shown.
  bool aspect_ratio_open = false;
  // By a law: size, tokens and loss at the optimum, and if it tells the best
  // aspect ratio that, depth and width, all from the same resamples.
  std::vector<LawFigure> figures = {};
  // The best shape, if shapes are known; by a law with its runners-up. A trend
  // cannot price a shape.
  std::vector<PricedShape> shapes = {};
  // How well the law predicts the largest runs if they are left out of its fit.
  std::optional<LawCheck> check = {};
  std::vector<NextRun> advice = {};
  std::vector<std::string> warnings = {};
};

// The laws are ranked by what a prediction is for: each is fitted to the runs
// of at most a quarter of the largest budget's compute and predicts that
// budget's best size, and the loss of a run of that size, read off the measured
// curve, is what it costs (SizeBacktester). Laws within kEqualRegret of the
// best count as equal: then the surface comes first, then the law of shape, the
// parametric law and the trend of the isoFLOP optima. What cannot be tried
// comes last. The first in this order that the runs identify is followed; why
// others are not is a warning each. A law that the question names is followed
// whether it is identified or not, with warnings. With a corpus the parametric
// law is the only one; the trend answers no question but that of the best size
// of training on fresh text. Some seconds for 10,000 runs.
//
// INVALID_ARGUMENT if an option is out of range; FAILED_PRECONDITION if the
// runs identify none of the laws, with what to run, the compute is beyond
// kFarthest, no feasible shape is near, or a limit of latency has too few
// measured shapes to rest on.
//
//   auto prediction = Predict(runs, {.flops = 1e21});
//   prediction->shapes.front().choice.shape
absl::StatusOr<Prediction> Predict(const Runs& runs,
                                   const PredictionQuestion& question);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_PREDICT_H_
