#ifndef ISOSHAPE_SCALING_PREDICT_SHAPE_CHOICE_H_
#define ISOSHAPE_SCALING_PREDICT_SHAPE_CHOICE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/predict/decode_latency.h"
#include "scaling/runs/run_table.h"
#include "shape/shape.h"

namespace isoshape {

// The shapes to choose from: every depth, and every width that is a multiple of
// head_dim, with heads that fill the width.
struct ShapeFamily {
  Shape base;                  // what all share
  double ffn_ratio = 8.0 / 3;  // ffn_width / width, to a multiple
  int64_t ffn_multiple = 8;
  int64_t kv_heads = 0;  // 0: as many as heads
  int64_t min_depth = 1, max_depth = 512;
  int64_t min_width = 1, max_width = 16'777'216;
  // Limits; 0: none.
  int64_t max_parameters = 0;
  int64_t max_memory_bytes = 0;  // of training, tokens_per_step at a time
  int64_t tokens_per_step = 2048;
  double min_tokens = 0;          // that compute buys at a shape
  double max_decode_seconds = 0;  // of one decoded token, by `latency`
  std::optional<DecodeLatency> latency = {};

  // The shape of this depth and width; width a multiple of head_dim.
  Shape At(int64_t depth, int64_t width) const;
  // Whether a limit is set that a shape of the best size may break.
  bool Limited() const;
  bool WithinLimits(const Shape& shape) const;
};

// N of a shape, as the runs' sizes were measured.
double SizeOf(const Shape& shape, SizeMeasure measure);

// The member of the family nearest to a size and an aspect ratio, limits aside.
Shape NearestShape(const ShapeFamily& family, SizeMeasure measure, double size,
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
// the shape's size. FAILED_PRECONDITION where the law has no best aspect ratio
// (G not above 0) or no shape is within the limits.
absl::StatusOr<std::vector<ShapeChoice>> BestShapes(const RatioLaw& law,
                                                    const ShapeFamily& family,
                                                    SizeMeasure measure,
                                                    const ComputeRule& rule,
                                                    double flops, int count);

// The ratio law at its best aspect ratio, as a law of size and tokens.
PowerSum AtBestRatio(const RatioLaw& law);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_SHAPE_CHOICE_H_
