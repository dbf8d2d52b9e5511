#ifndef ISOSHAPE_SCALING_PREDICT_SHAPE_WARNINGS_H_
#define ISOSHAPE_SCALING_PREDICT_SHAPE_WARNINGS_H_

#include "scaling/predict/predict.h"

namespace isoshape {

// Adds to a prediction with a best shape a warning if that shape is off the
// predicted size, and, under a limit of latency, how its latency is known, with
// a warning if it lies far beyond what was measured.
void WarnOfShape(const PredictionQuestion& question, Prediction& prediction);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_SHAPE_WARNINGS_H_
