#ifndef ISOSHAPE_SCALING_PREDICT_SHAPE_WARNINGS_H_
#define ISOSHAPE_SCALING_PREDICT_SHAPE_WARNINGS_H_

#include "scaling/predict/predict.h"

namespace isoshape {

// Adds to a prediction with a best shape a warning if that shape is off the
// predicted size, and, under a limit of latency, how its latency is known, with
// a warning if it lies far beyond what was measured.
void WarnOfShape(const PredictionQuestion& question, Prediction& prediction);

// Adds, if a limit keeps the law's optimum from being chosen, what that costs:
// shapes are priced against the best within the limits, which may be far above
// the best without. Also warns if the chosen shape's tokens per size are beyond
// those of all runs, as those of the optimum need not be. The prediction has
// shapes.
void WarnOfLimits(const Runs& runs, const PredictionQuestion& question,
                  const LawPrediction& law, Prediction& prediction);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_SHAPE_WARNINGS_H_
