#ifndef ISOSHAPE_MESSAGES_ANALYSIS_PREDICTION_PROTO_H_
#define ISOSHAPE_MESSAGES_ANALYSIS_PREDICTION_PROTO_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/predict/predict.h"
#include "shape/search_space.h"

namespace isoshape {

// Runs that a request for advice is given.
inline constexpr int kAdvisedRuns = 3;

AskedRun FromProto(const v1::AskedRun& run);

// What a request asks, among the shapes of `space`, which keeps its limits of
// parameters and memory; a field at 0 stands for what PredictionQuestion has.
// INVALID_ARGUMENT if a field is out of range.
absl::StatusOr<PredictionQuestion> ToQuestion(
    const v1::PredictShapeRequest& request, const SearchSpace& space);

v1::AdvisedRun ToProto(const NextRun& run);

// Adds the runs that tell most about the best size at a compute, 6 N D, to a
// fit of `runs`; a warning if there are none to name. INVALID_ARGUMENT if the
// compute is not above 0.
absl::Status AddAdvice(const Runs& runs, double flops,
                       v1::FitLawResponse& response);

// A prediction in the service's form. Its tokens are those of whole steps of
// `tokens_per_step`.
v1::PredictShapeResponse ToProto(const Prediction& prediction,
                                 int64_t tokens_per_step);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_ANALYSIS_PREDICTION_PROTO_H_
