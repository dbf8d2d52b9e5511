#ifndef ISOSHAPE_SCALING_PREDICT_GATES_H_
#define ISOSHAPE_SCALING_PREDICT_GATES_H_

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/backtest.h"
#include "scaling/predict/predict.h"
#include "scaling/predict/predict_law.h"
#include "scaling/predict/trend_prediction.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/intervals.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// What a law must pass to be followed without being asked for by name. Each
// returns OK or why not (NotFollowed).

// Whether it found the best size of the budget left out. `only_if_tried`: that
// it could not be tried is a reason, too.
absl::Status CheckTrial(const std::optional<SizeBacktest>& tried,
                        bool only_if_tried);

// Whether its best size was seen among the runs of most compute, on both sides;
// `best_size` is that at a compute, FLOPs. If it was not, though the isoFLOP
// fit `measured` (null: there is none) brackets a best size there, the law is
// what is off, and not the runs.
absl::Status CheckBracketed(
    const Runs& runs, const PredictionQuestion& question,
    const std::function<double(double flops)>& best_size,
    const IsoflopFit* measured);

// The surface of the runs, by which the next two judge; an error if they do not
// allow one.
absl::StatusOr<SurfaceFit> FitSurfaceFor(const Runs& runs,
                                         const PredictionQuestion& question);

// Whether loss is shown to have a least over size at equal compute, without
// which no law names a best size; of questions that rest on none always.
absl::Status CheckCurved(const absl::StatusOr<SurfaceFit>& surface,
                         const Runs& runs, const PredictionQuestion& question);

// Whether the runs scatter about the surface as training does, so that surface
// and trend can be followed.
absl::Status CheckScatter(const absl::StatusOr<SurfaceFit>& surface,
                          const Runs& runs);

// Whether no run near the best sizes lies off the surface by more than scatter
// explains: parabolas by least squares, of which the trend is made, go where
// one such run draws them.
absl::Status CheckNoOutliers(const absl::StatusOr<SurfaceFit>& surface,
                             const Runs& runs);

// Whether there are runs enough for its parameters under the options `fit`.
absl::Status CheckRunsEnough(Law law, const Runs& runs, const LawOptions& fit,
                             const RunGeometry& geometry);

// Whether the trend of the isoFLOP optima tells the size and its tokens.
absl::Status CheckTrendOptimum(const OptimumPrediction& optimum);

// Whether nothing of what it predicts is in doubt (LawPrediction::problems).
absl::Status CheckProblems(const LawPrediction& prediction,
                           const RunGeometry& geometry);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_GATES_H_
