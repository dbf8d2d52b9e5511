#ifndef ISOSHAPE_MESSAGES_PREDICTION_PROTO_H_
#define ISOSHAPE_MESSAGES_PREDICTION_PROTO_H_

#include <cstdint>

#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/predict/predict.h"

namespace isoshape {

// Runs that a request for advice is given.
inline constexpr int kAdvisedRuns = 3;

AskedRun FromProto(const v1::AskedRun& run);

// A prediction in the service's form. Its tokens are those of whole steps of
// `tokens_per_step`.
v1::PredictShapeResponse ToProto(const Prediction& prediction,
                                 int64_t tokens_per_step);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_PREDICTION_PROTO_H_
