#include "scaling/predict/shape_choice.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// How far from the best aspect ratio, and without limits from the best size,
// shapes are looked at: at either end a choice costs far more than a percent.
constexpr double kRatioRange = 16;
constexpr double kSizeRange = 3;
// With limits the best feasible shape may be much smaller.
constexpr double kLimitedRange = 1e4;
// Closer shapes are not another choice.
constexpr double kChoiceFactor = 1.25;

double Factor(double a, double b) { return a > b ? a / b : b / a; }

}  // namespace

Shape ShapeFamily::At(int64_t depth, int64_t width) const {
  Shape shape = base;
  shape.depth = depth;
  shape.width = width;
  shape.heads = std::max<int64_t>(1, width / base.head_dim);
  shape.kv_heads =
      kv_heads > 0 && shape.heads % kv_heads == 0 ? kv_heads : shape.heads;
  const double multiples = std::round(ffn_ratio * static_cast<double>(width) /
                                      static_cast<double>(ffn_multiple));
  shape.ffn_width =
      ffn_multiple * std::max<int64_t>(1, static_cast<int64_t>(multiples));
  return shape;
}

bool ShapeFamily::Limited() const {
  return max_parameters > 0 || max_memory_bytes > 0 || max_decode_seconds > 0;
}

bool ShapeFamily::WithinLimits(const Shape& shape) const {
  return (max_parameters == 0 ||
          CountParameters(shape).total() <= max_parameters) &&
         (max_memory_bytes == 0 ||
          EstimateTrainingMemory(shape, tokens_per_step).total() <=
              max_memory_bytes) &&
         (max_decode_seconds == 0 || !latency ||
          latency->At(shape) <= max_decode_seconds);
}

double SizeOf(const Shape& shape, SizeMeasure measure) {
  return measure == SizeMeasure::kParams
             ? static_cast<double>(CountParameters(shape).total())
             : EffectiveSize(shape);
}

Shape NearestShape(const ShapeFamily& family, SizeMeasure measure, double size,
                   double aspect_ratio) {
  const int64_t step = family.base.head_dim;
  const auto at = [&](int64_t heads) {
    const int64_t width = heads * step;
    const double depth = std::round(static_cast<double>(width) / aspect_ratio);
    return family.At(std::clamp(static_cast<int64_t>(std::min(depth, 1e9)),
                                family.min_depth, family.max_depth),
                     width);
  };
  // The size grows with the width along a constant aspect ratio.
  const int64_t most = std::max<int64_t>(1, family.max_width / step);
  int64_t low =
      std::clamp<int64_t>((family.min_width + step - 1) / step, 1, most);
  int64_t high = low;
  while (SizeOf(at(high), measure) < size && high < most) {
    low = high;
    high = std::min(2 * high, most);
  }
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (SizeOf(at(middle), measure) < size ? low : high) = middle;
  }
  const Shape below = at(low);
  const Shape above = at(high);
  return Factor(SizeOf(below, measure), size) <
                 Factor(SizeOf(above, measure), size)
             ? below
             : above;
}

PowerSum AtBestRatio(const RatioLaw& law) {
  return {
      .e = law.e, .ln_a = {law.ln_a, law.ln_b}, .alpha = {law.alpha, law.beta}};
}

absl::StatusOr<std::vector<ShapeChoice>> BestShapes(const RatioLaw& law,
                                                    const ShapeFamily& family,
                                                    SizeMeasure measure,
                                                    const ComputeRule& rule,
                                                    double flops, int count) {
  if (!(law.g > 0)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "G is %.3g, not above 0: the runs show no best aspect ratio", law.g));
  }
  const double best_size = OptimumAt(AtBestRatio(law), flops, rule).size;
  const double least =
      best_size / (family.Limited() ? kLimitedRange : kSizeRange);
  const double most = best_size * kSizeRange;
  std::vector<ShapeChoice> choices;
  const int64_t step = family.base.head_dim;
  const int64_t first = (family.min_width + step - 1) / step * step;
  for (int64_t width = std::max(first, step); width <= family.max_width;
       width += step) {
    if (SizeOf(family.At(family.min_depth, width), measure) > most) break;
    for (int64_t depth = family.min_depth; depth <= family.max_depth; ++depth) {
      ShapeChoice choice;
      choice.shape = family.At(depth, width);
      choice.size = SizeOf(choice.shape, measure);
      if (choice.size > most) break;
      choice.tokens = rule.Tokens(choice.size, flops);
      if (choice.tokens < family.min_tokens) continue;
      const double ln_size = std::log(choice.size);
      const double ln_ratio = std::log(AspectRatio(choice.shape));
      if (choice.size < least ||
          std::abs(ln_ratio - law.BestLogRatio(ln_size)) >
              std::log(kRatioRange) ||
          !family.WithinLimits(choice.shape)) {
        continue;
      }
      choice.loss =
          std::exp(law.LogLoss(ln_size, std::log(choice.tokens), ln_ratio));
      choices.push_back(choice);
    }
  }
  if (choices.empty()) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no shape of head_dim %d, %d to %d layers and width up to %d near size "
        "%.3g is within the limits; raise them",
        step, family.min_depth, family.max_depth, family.max_width, best_size));
  }
  std::sort(choices.begin(), choices.end(),
            [](const ShapeChoice& a, const ShapeChoice& b) {
              return a.loss < b.loss;
            });
  std::vector<ShapeChoice> chosen;
  for (const ShapeChoice& choice : choices) {
    if (static_cast<int>(chosen.size()) >= count) break;
    const bool another = std::all_of(
        chosen.begin(), chosen.end(), [&](const ShapeChoice& better) {
          return Factor(AspectRatio(choice.shape), AspectRatio(better.shape)) >=
                     kChoiceFactor ||
                 Factor(choice.size, better.size) >= kChoiceFactor;
        });
    if (another) chosen.push_back(choice);
  }
  return chosen;
}

}  // namespace isoshape
