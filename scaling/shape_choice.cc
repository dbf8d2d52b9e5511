#include "scaling/shape_choice.h"

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

bool WithinLimits(const ShapeFamily& family, const Shape& shape) {
  return (family.max_parameters == 0 ||
          CountParameters(shape).total() <= family.max_parameters) &&
         (family.max_memory_bytes == 0 ||
          EstimateTrainingMemory(shape, family.tokens_per_step).total() <=
              family.max_memory_bytes);
}

double Factor(double a, double b) { return a > b ? a / b : b / a; }

}  // namespace

Shape ShapeFamily::At(int64_t depth, int64_t width) const {
  Shape shape = base;
  shape.depth = depth;
  shape.width = width;
  shape.heads = std::max<int64_t>(1, width / base.head_dim);
  shape.kv_heads =
      kv_heads > 0 && shape.heads % kv_heads == 0 ? kv_heads : shape.heads;
  const double eights = std::round(ffn_ratio * static_cast<double>(width) / 8);
  shape.ffn_width = 8 * std::max<int64_t>(1, static_cast<int64_t>(eights));
  return shape;
}

double SizeOf(const Shape& shape, SizeMeasure measure) {
  return measure == SizeMeasure::kParams
             ? static_cast<double>(CountParameters(shape).total())
             : EffectiveSize(shape);
}

Shape NearestShape(const ShapeFamily& family, SizeMeasure measure, double size,
                   double aspect_ratio) {
  const auto at = [&](int64_t heads) {
    const int64_t width = heads * family.base.head_dim;
    const double depth = std::round(static_cast<double>(width) / aspect_ratio);
    return family.At(
        std::clamp<int64_t>(static_cast<int64_t>(std::min(depth, 1e9)), 1,
                            family.max_depth),
        width);
  };
  // The size grows with the width along a constant aspect ratio.
  int64_t low = 1;
  int64_t high = 1;
  while (SizeOf(at(high), measure) < size && high < (int64_t{1} << 24)) {
    low = high;
    high *= 2;
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
  const bool limited = family.max_parameters > 0 || family.max_memory_bytes > 0;
  const double least = best_size / (limited ? kLimitedRange : kSizeRange);
  const double most = best_size * kSizeRange;
  std::vector<ShapeChoice> choices;
  const int64_t step = family.base.head_dim;
  for (int64_t width = step;; width += step) {
    if (SizeOf(family.At(1, width), measure) > most) break;
    for (int64_t depth = 1; depth <= family.max_depth; ++depth) {
      ShapeChoice choice;
      choice.shape = family.At(depth, width);
      choice.size = SizeOf(choice.shape, measure);
      if (choice.size > most) break;
      const double ln_size = std::log(choice.size);
      const double ln_ratio = std::log(AspectRatio(choice.shape));
      if (choice.size < least ||
          std::abs(ln_ratio - law.BestLogRatio(ln_size)) >
              std::log(kRatioRange) ||
          !WithinLimits(family, choice.shape)) {
        continue;
      }
      choice.tokens = rule.Tokens(choice.size, flops);
      choice.loss =
          std::exp(law.LogLoss(ln_size, std::log(choice.tokens), ln_ratio));
      choices.push_back(choice);
    }
  }
  if (choices.empty()) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no shape of head_dim %d and at most %d layers near size %.3g is "
        "within the limits; raise them",
        step, family.max_depth, best_size));
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
