#ifndef ISOSHAPE_SCALING_ALLOCATION_SHAPE_CHOICE_H_
#define ISOSHAPE_SCALING_ALLOCATION_SHAPE_CHOICE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scaling/allocation/allocation.h"
#include "scaling/allocation/best_aspect_ratio.h"
#include "scaling/allocation/decode_latency.h"
#include "scaling/runs/runs.h"
#include "shape/default_step.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// The shapes of runs that were measured.
struct TriedShapes {
  // Aspect ratios, depths or widths beyond the measured ones by more than this
  // factor are extrapolations.
  static constexpr double kNear = 2;

  double min_ratio = 0, max_ratio = std::numeric_limits<double>::infinity();
  double min_depth = 0, max_depth = std::numeric_limits<double>::infinity();
  double min_width = 0, max_width = std::numeric_limits<double>::infinity();

  // The shapes of runs; no limits if these have none.
  static TriedShapes Of(const Runs& runs);

  // The aspect ratios that a recommendation may have.
  double low_ratio() const { return min_ratio / kNear; }
  double high_ratio() const { return max_ratio * kNear; }
  // Says which of depth and width lies beyond kNear times what was measured;
  // empty if neither does.
  std::string Beyond(const Shape& shape) const;
};

// The shapes that a prediction may choose.
struct ShapeCandidates {
  SearchSpace space;
  int64_t tokens_per_step = kDefaultTokensPerStep;
  // The most seconds for one decoded token, as `latency` estimates them; 0: no
  // limit.
  double max_decode_seconds = 0;
  std::optional<DecodeLatency> latency = {};
  TriedShapes tried = {};

  // Returns true if the limits allow this shape of the space, and what was
  // tried tells of its aspect ratio.
  bool Allow(const Shape& shape) const;
  // The same of the limits alone.
  bool Afford(const Shape& shape) const;
  // Returns true if there is a limit that a shape of the best size may break.
  bool Limited() const;
};

// The least that shapes of the space whose aspect ratio was tried take of each
// limit that there is, to tell what a limit must allow: `; the least of any is
// 11,264 parameters (1x16), 0.52 ms a decoded token (1x16)`. Empty without
// limits.
std::string LeastOfLimits(const ShapeCandidates& candidates);

// N of a shape, as the runs' sizes were measured.
double SizeOf(const Shape& shape, SizeMeasure measure);

// The shape of the space nearest to a size and an aspect ratio, limits aside.
Shape NearestShape(const SearchSpace& space, SizeMeasure measure, double size,
                   double aspect_ratio);

// FAILED_PRECONDITION that no shape is within the limits, whatever the law.
absl::Status LimitError(const std::string& message);
bool IsLimitError(const absl::Status& status);

// A shape at a compute, by a law.
struct ShapeChoice {
  Shape shape;
  double size = 0;    // N
  double tokens = 0;  // D that the compute leaves for training
  double loss = 0;    // nats per token
};

// The shapes of least loss at `flops`, best first, at most `count`; each
// differs from every better one in aspect ratio or size by a quarter or more,
// so that they are choices. Aspect ratios stay within TriedShapes::kNear of
// those measured. Tokens are those that the allocation leaves at the shape's
// size; if it fixes the size, shapes are of about that size, whatever else is
// better. FAILED_PRECONDITION if no shape is within the limits.
absl::StatusOr<std::vector<ShapeChoice>> BestShapes(
    const ShapeOptimum& optimum, const ShapeCandidates& candidates,
    SizeMeasure measure, const Allocation& allocation, int count);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_SHAPE_CHOICE_H_
