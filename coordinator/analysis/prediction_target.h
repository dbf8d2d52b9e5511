#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_PREDICTION_TARGET_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_PREDICTION_TARGET_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_points.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/predict/decode_latency.h"
#include "scaling/predict/shape_choice.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// What a prediction is asked for, and among which shapes.
struct PredictionTarget {
  double flops = 0;
  double largest = 0;  // measured budget
  SearchSpace space;
  int64_t tokens_per_step = 0;
  double max_decode_seconds = 0;
  std::optional<DecodeLatency> latency;
  bool limited = false;  // by the request
};

// `largest`: the largest measured budget, FLOPs. Errors of FitDecodeLatency
// where the request limits latency.
absl::StatusOr<PredictionTarget> MakeTarget(
    const CampaignResults& results, const v1::PredictShapeRequest& request,
    double largest);

// The shapes of the target, for scaling/.
ShapeFamily FamilyOf(const PredictionTarget& target);

// The feasible shape nearest to a size and aspect ratio, within the limits.
// FAILED_PRECONDITION where there is none, or none near where nothing limits.
absl::StatusOr<Shape> Snap(const PredictionTarget& target, double size,
                           double ratio);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_PREDICTION_TARGET_H_
