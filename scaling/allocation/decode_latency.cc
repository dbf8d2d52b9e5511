#include "scaling/allocation/decode_latency.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "scaling/statistics/non_negative.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

constexpr int kMinShapes = 3;

}  // namespace

double ValuesReadPerToken(const Shape& shape) {
  const ParameterCounts counts = CountParameters(shape);
  const auto unembedding =
      static_cast<double>(shape.vocab) * static_cast<double>(shape.width);
  const double kept = 2.0 * static_cast<double>(shape.depth) *
                      static_cast<double>(shape.context) *
                      static_cast<double>(shape.kv_heads * shape.head_dim);
  return static_cast<double>(counts.attention + counts.ffn) + unembedding +
         kept;
}

double DecodeLatency::At(const Shape& shape) const {
  return fixed + per_layer * static_cast<double>(shape.depth) +
         per_value * ValuesReadPerToken(shape);
}

std::string DecodeLatency::Describe() const {
  return absl::StrFormat(
      "latency of a decoded token: %.3g ms + %.3g ms a layer + %.3g ms a "
      "million numbers read, fitted to %d measured shapes, which it misses by "
      "%.2g %% (root mean square)",
      1e3 * fixed, 1e3 * per_layer, 1e9 * per_value, shapes, 100 * residual);
}

absl::StatusOr<DecodeLatency> FitDecodeLatency(
    const std::vector<MeasuredDecode>& measured) {
  struct Row {
    double depth = 0, values = 0;
    double seconds = 0;
    int count = 0;
  };
  std::map<std::tuple<int64_t, double>, Row> rows;
  for (const MeasuredDecode& one : measured) {
    if (!(std::isfinite(one.seconds) && one.seconds > 0)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "shape %s: a decoded token of %g seconds is not a finite time above "
          "0; leave it out",
          ShapeLabel(one.shape), one.seconds));
    }
    const double values = ValuesReadPerToken(one.shape);
    Row& row = rows[{one.shape.depth, values}];
    row.depth = static_cast<double>(one.shape.depth);
    row.values = values;
    row.seconds += (one.seconds - row.seconds) / ++row.count;
  }
  if (rows.size() < kMinShapes) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "a limit of latency needs %d different shapes whose decoded token was "
        "measured, and there %s %d; measure more, or drop the limit",
        kMinShapes, rows.size() == 1 ? "is" : "are", rows.size()));
  }
  // Columns over the time, the target being 1; values in millions, so that the
  // columns are alike in size.
  constexpr double kMillion = 1e6;
  SmallMatrix gram = SmallMatrix::Zero(3, 3);
  SmallVector right = SmallVector::Zero(3);
  for (const auto& [key, row] : rows) {
    SmallVector columns(3);
    columns << 1 / row.seconds, row.depth / row.seconds,
        row.values / kMillion / row.seconds;
    gram += columns * columns.transpose();
    right += columns;
  }
  const SmallVector seconds = SolveNonNegative(gram, right).y;
  DecodeLatency latency{.fixed = seconds[0],
                        .per_layer = seconds[1],
                        .per_value = seconds[2] / kMillion,
                        .shapes = static_cast<int>(rows.size())};
  if (latency.per_layer == 0 && latency.per_value == 0) {
    return absl::FailedPreconditionError(
        "the measured times do not grow with depth or size: a limit of latency "
        "cannot be told from them; measure larger shapes, or drop the limit");
  }
  double squares = 0;
  for (const auto& [key, row] : rows) {
    const double predicted = latency.fixed + latency.per_layer * row.depth +
                             latency.per_value * row.values;
    squares += (predicted / row.seconds - 1) * (predicted / row.seconds - 1);
    latency.max_seconds = std::max(latency.max_seconds, row.seconds);
  }
  latency.residual = std::sqrt(squares / static_cast<double>(rows.size()));
  return latency;
}

}  // namespace isoshape
