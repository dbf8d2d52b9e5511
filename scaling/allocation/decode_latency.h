#ifndef ISOSHAPE_SCALING_ALLOCATION_DECODE_LATENCY_H_
#define ISOSHAPE_SCALING_ALLOCATION_DECODE_LATENCY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "shape/shape.h"

namespace isoshape {

// A measurement of how long one token of a shape took to decode at batch 1.
struct MeasuredDecode {
  Shape shape;
  double seconds = 0;
};

// Numbers that decoding one token reads: the weights of every layer and of the
// unembedding, and the kept keys and values of a full context.
double ValuesReadPerToken(const Shape& shape);

// Seconds for one decoded token at batch 1 of shapes that were not measured:
//
//   t = fixed + depth (per_layer + per_value v(width)) + per_value u(width),
//
// v and u being the numbers that a layer and the unembedding read
// (ValuesReadPerToken is depth v + u). Decoding one token is bound by the
// launch of each layer's work if layers are small and by memory if they are
// large.
struct DecodeLatency {
  double fixed = 0, per_layer = 0, per_value = 0;  // seconds, >= 0
  double residual = 0;                             // root mean square, relative
  int shapes = 0;          // different ones that it rests on
  double max_seconds = 0;  // measured

  double At(const Shape& shape) const;
  // One sentence, with the residual.
  std::string Describe() const;
};

// Non-negative least squares of the relative residual, exact; several
// measurements of a shape count as their mean. INVALID_ARGUMENT if a time is
// not finite and above 0; FAILED_PRECONDITION if there are fewer than three
// different shapes, or they do not differ in what the times depend on.
absl::StatusOr<DecodeLatency> FitDecodeLatency(
    const std::vector<MeasuredDecode>& measured);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_DECODE_LATENCY_H_
