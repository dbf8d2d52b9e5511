#ifndef ISOSHAPE_SCALING_PREDICT_QUESTION_H_
#define ISOSHAPE_SCALING_PREDICT_QUESTION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scaling/predict/predict.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// INVALID_ARGUMENT if parts of a question exclude each other, or a law that it
// names cannot answer it; errors of CheckRuns.
absl::Status CheckQuestion(const Runs& runs,
                           const PredictionQuestion& question);

// Whether the question names a rule by which the best size of a budget is
// found, which only the trend of the isoFLOP optima has.
bool HasRule(const PredictionQuestion& question);

// Refuses a compute that is far from that of every run.
absl::Status CheckReach(const Runs& runs, const PredictionQuestion& question);

// The question with the size of the run that it asks about, if it gives that by
// a shape, and the compute of the run.
absl::StatusOr<PredictionQuestion> WithPlace(const Runs& runs,
                                             PredictionQuestion question);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_QUESTION_H_
