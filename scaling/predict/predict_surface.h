#ifndef ISOSHAPE_SCALING_PREDICT_PREDICT_SURFACE_H_
#define ISOSHAPE_SCALING_PREDICT_PREDICT_SURFACE_H_

#include "absl/status/statusor.h"
#include "scaling/predict/predict_law.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// PredictByLaw by kSurface: fills in the rest of a prediction that has the
// fields which do not depend on the law. Figures and their intervals are of
// draws from the posterior. Errors of FitSurface.
absl::StatusOr<LawPrediction> PredictBySurface(const Runs& runs,
                                               const PredictLawOptions& options,
                                               LawPrediction prediction);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_PREDICT_SURFACE_H_
