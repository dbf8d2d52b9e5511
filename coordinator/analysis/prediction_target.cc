#include "coordinator/analysis/prediction_target.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "coordinator/planning/campaign_space.h"
#include "messages/shape_proto.h"
#include "search/nearest_feasible.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// A snapped shape further from the predicted size than this factor is not near.
constexpr double kNearSize = 4;

}  // namespace

absl::StatusOr<PredictionTarget> MakeTarget(
    const CampaignResults& results, const v1::PredictShapeRequest& request,
    double largest) {
  const v1::Campaign& campaign = results.campaign;
  PredictionTarget target;
  target.largest = largest;
  target.flops = request.target_flops() > 0    ? request.target_flops()
                 : campaign.target_flops() > 0 ? campaign.target_flops()
                                               : 3 * largest;
  target.space = SpaceOfCampaign(campaign, request.max_parameters(),
                                 request.max_memory_bytes());
  target.tokens_per_step = TokensPerStepAt(campaign, target.flops);
  target.max_decode_seconds = request.max_decode_seconds();
  target.limited = request.max_parameters() > 0 ||
                   request.max_memory_bytes() > 0 ||
                   request.max_decode_seconds() > 0;
  std::vector<MeasuredDecode> measured;
  for (const v1::RankedShape& shape : results.shapes) {
    if (!shape.has_decode_seconds()) continue;
    measured.push_back({FromProto(shape.shape()), shape.decode_seconds()});
  }
  absl::StatusOr<DecodeLatency> latency = FitDecodeLatency(measured);
  if (latency.ok()) {
    target.latency = *std::move(latency);
  } else if (target.max_decode_seconds > 0) {
    return latency.status();
  }
  return target;
}

ShapeFamily FamilyOf(const PredictionTarget& target) {
  const SearchSpace& space = target.space;
  ShapeFamily family;
  family.base = space.base;
  family.ffn_ratio = space.ffn_ratio;
  family.ffn_multiple = space.ffn_multiple;
  family.min_depth = space.min_depth;
  family.max_depth = space.max_depth;
  family.min_width = space.min_width;
  family.max_width = space.max_width;
  family.max_parameters = space.max_parameters;
  family.max_memory_bytes = space.max_memory_bytes;
  family.tokens_per_step = target.tokens_per_step;
  family.min_tokens =
      static_cast<double>(TokenFloor(space, target.tokens_per_step));
  family.max_decode_seconds = target.max_decode_seconds;
  family.latency = target.latency;
  return family;
}

absl::StatusOr<Shape> Snap(const PredictionTarget& target, double size,
                           double ratio) {
  absl::StatusOr<Shape> shape = NearestFeasible(
      target.space, target.tokens_per_step, target.flops, {size, ratio},
      [&](const Shape& one) {
        return target.max_decode_seconds == 0 ||
               target.latency->At(one) <= target.max_decode_seconds;
      });
  if (!shape.ok()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("no feasible shape at %.4g FLOPs: %s", target.flops,
                        shape.status().message()));
  }
  const double off = EffectiveSize(*shape) / size;
  if (!target.limited && (off > kNearSize || off < 1 / kNearSize)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the feasible shape nearest to size %.4g at %.4g FLOPs is %s of size "
        "%.4g, %.2g times as large; widen the search space",
        size, target.flops, ShapeLabel(*shape), EffectiveSize(*shape), off));
  }
  return shape;
}

}  // namespace isoshape
