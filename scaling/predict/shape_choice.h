#ifndef ISOSHAPE_SCALING_PREDICT_SHAPE_CHOICE_H_
#define ISOSHAPE_SCALING_PREDICT_SHAPE_CHOICE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/predict/decode_latency.h"
#include "scaling/runs/runs.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// The shapes that a prediction may choose.
struct ShapeCandidates {
  SearchSpace space;
  int64_t tokens_per_step = 2048;
  // The most seconds for one decoded token, as `latency` estimates them; 0: no
  // limit.
  double max_decode_seconds = 0;
  std::optional<DecodeLatency> latency = {};

  // Whether the limits allow this shape of the space.
  bool Allow(const Shape& shape) const;
  // Whether there is a limit that a shape of the best size may break.
  bool Limited() const;
};

// N of a shape, as the runs' sizes were measured.
double SizeOf(const Shape& shape, SizeMeasure measure);

// The shape of the space nearest to a size and an aspect ratio, limits aside.
Shape NearestShape(const SearchSpace& space, SizeMeasure measure, double size,
                   double aspect_ratio);

// A shape at a compute, by the ratio law.
struct ShapeChoice {
  Shape shape;
  double size = 0;    // N
  double tokens = 0;  // D that the compute buys
  double loss = 0;    // nats per token
};

// The shapes of least loss at `flops`, best first, at most `count`; each
// differs from every better one in aspect ratio or size by a quarter or more,
// so that they are choices. Tokens are those that `rule` says compute buys at
// the shape's size. FAILED_PRECONDITION if the law has no best aspect ratio (G
// not above 0) or no shape is within the limits.
absl::StatusOr<std::vector<ShapeChoice>> BestShapes(
    const RatioLaw& law, const ShapeCandidates& candidates, SizeMeasure measure,
    const ComputeRule& rule, double flops, int count);

// The ratio law at its best aspect ratio, as a law of size and tokens.
PowerSum AtBestRatio(const RatioLaw& law);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_SHAPE_CHOICE_H_
