#ifndef ISOSHAPE_SCALING_PREDICT_PREDICT_LADDER_H_
#define ISOSHAPE_SCALING_PREDICT_PREDICT_LADDER_H_

#include "absl/status/statusor.h"
#include "scaling/predict/predict_law.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// PredictByLaw by kLadder: fills in the rest of a prediction that has the
// fields which do not depend on the law. Size and tokens are those at which the
// runs' line has the compute, not the best. Errors of FitLadder;
// INVALID_ARGUMENT if anything but the loss at a compute is asked.
absl::StatusOr<LawPrediction> PredictByLadder(const Runs& runs,
                                              const PredictLawOptions& options,
                                              const Resampling& resampling,
                                              LawPrediction prediction);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_PREDICT_LADDER_H_
