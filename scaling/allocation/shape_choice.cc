#include "scaling/allocation/shape_choice.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/threads/cancellation.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// How far from the best aspect ratio, and without limits from the best size,
// shapes are looked at: at either end a choice costs far more than a percent.
constexpr double kRatioRange = 16;
constexpr double kSizeRange = 3;
// With limits the best feasible shape may be much smaller.
constexpr double kLimitedRange = 1e4;
// Shapes closer than this factor do not count as different choices.
constexpr double kChoiceFactor = 1.25;

// Sizes within this factor count as the one that is asked for.
constexpr double kSameSize = 1.05;
// Marks a status.
constexpr char kLimits[] = "isoshape/limits";

double Factor(double a, double b) { return a > b ? a / b : b / a; }

// The shapes near the best size that the limits allow, with their losses.
std::vector<ShapeChoice> Affordable(const ShapeOptimum& optimum,
                                    const ShapeCandidates& candidates,
                                    SizeMeasure measure,
                                    const Allocation& allocation) {
  const SearchSpace& space = candidates.space;
  const auto min_tokens =
      static_cast<double>(TokenFloor(space, candidates.tokens_per_step));
  const double best_size = optimum.size;
  const double min_size =
      best_size / (candidates.Limited() ? kLimitedRange : kSizeRange);
  const double max_size = best_size * kSizeRange;
  std::vector<ShapeChoice> choices;
  for (int64_t width = MinWidth(space);
       width <= MaxWidth(space) && !Cancelled(); width += space.base.head_dim) {
    if (SizeOf(ShapeInSpace(space, space.min_depth, width), measure) >
        max_size) {
      break;
    }
    for (int64_t depth = space.min_depth; depth <= space.max_depth; ++depth) {
      ShapeChoice choice;
      choice.shape = ShapeInSpace(space, depth, width);
      choice.size = SizeOf(choice.shape, measure);
      if (choice.size > max_size) break;
      choice.tokens = allocation.Tokens(choice.size);
      if (!(choice.tokens >= min_tokens)) continue;
      const double ln_size = std::log(choice.size);
      const double ln_ratio = std::log(AspectRatio(choice.shape));
      if (choice.size < min_size ||
          std::abs(ln_ratio - optimum.ln_best_ratio(ln_size)) >
              std::log(kRatioRange) ||
          !candidates.Allow(choice.shape)) {
        continue;
      }
      choice.loss = std::exp(
          optimum.log_loss(ln_size, std::log(choice.tokens), ln_ratio));
      choices.push_back(choice);
    }
  }
  return choices;
}

// The choices whose size is nearest to what the question fixes: within a few
// percent, or as near as any is.
std::vector<ShapeChoice> OfSize(const std::vector<ShapeChoice>& choices,
                                double size) {
  for (double factor = kSameSize; factor < kSizeRange; factor *= kSameSize) {
    std::vector<ShapeChoice> near;
    for (const ShapeChoice& choice : choices) {
      if (Factor(choice.size, size) <= factor) near.push_back(choice);
    }
    if (!near.empty()) return near;
  }
  return choices;
}

}  // namespace

absl::Status LimitError(const std::string& message) {
  absl::Status status = absl::FailedPreconditionError(message);
  status.SetPayload(kLimits, absl::Cord());
  return status;
}

bool IsLimitError(const absl::Status& status) {
  return status.GetPayload(kLimits).has_value();
}

TriedShapes TriedShapes::Of(const Runs& runs) {
  if (!runs.has_shapes()) return {};
  TriedShapes tried;
  const auto [min_depth, max_depth] =
      std::minmax_element(runs.depth.begin(), runs.depth.end());
  const auto [min_width, max_width] =
      std::minmax_element(runs.width.begin(), runs.width.end());
  tried.min_depth = *min_depth;
  tried.max_depth = *max_depth;
  tried.min_width = *min_width;
  tried.max_width = *max_width;
  tried.max_ratio = 0;
  tried.min_ratio = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < runs.rows(); ++i) {
    const double ratio = runs.width[i] / runs.depth[i];
    tried.min_ratio = std::min(tried.min_ratio, ratio);
    tried.max_ratio = std::max(tried.max_ratio, ratio);
  }
  return tried;
}

std::string TriedShapes::Beyond(const Shape& shape) const {
  std::vector<std::string> beyond;
  const auto add = [&](const char* name, double value, double min, double max) {
    if (value > kNear * max) {
      beyond.push_back(absl::StrFormat(
          "%s %.0f is %.3g times the largest tried", name, value, value / max));
    } else if (value < min / kNear) {
      beyond.push_back(absl::StrFormat("%s %.0f is %.3g of the smallest tried",
                                       name, value, value / min));
    }
  };
  add("depth", static_cast<double>(shape.depth), min_depth, max_depth);
  add("width", static_cast<double>(shape.width), min_width, max_width);
  return absl::StrJoin(beyond, ", ");
}

bool ShapeCandidates::Allow(const Shape& shape) const {
  const double ratio = AspectRatio(shape);
  return ratio >= tried.low_ratio() && ratio <= tried.high_ratio() &&
         Afford(shape);
}

bool ShapeCandidates::Afford(const Shape& shape) const {
  return WithinLimits(space, shape, tokens_per_step) &&
         (max_decode_seconds == 0 || !latency ||
          latency->At(shape) <= max_decode_seconds);
}

bool ShapeCandidates::Limited() const {
  return space.max_parameters > 0 || space.max_memory_bytes > 0 ||
         max_decode_seconds > 0;
}

std::string LeastOfLimits(const ShapeCandidates& candidates) {
  // Costs grow with depth and width: the least is among the smallest shapes.
  constexpr int64_t kSmallest = 64;
  const SearchSpace& space = candidates.space;
  std::vector<Shape> shapes;
  const int64_t step = space.base.head_dim;
  const int64_t widest =
      std::min(MaxWidth(space), MinWidth(space) + kSmallest * step);
  const int64_t deepest =
      std::min(space.max_depth, space.min_depth + kSmallest);
  for (int64_t width = MinWidth(space); width <= widest; width += step) {
    for (int64_t depth = space.min_depth; depth <= deepest; ++depth) {
      Shape shape = ShapeInSpace(space, depth, width);
      const double ratio = AspectRatio(shape);
      if (ratio >= candidates.tried.low_ratio() &&
          ratio <= candidates.tried.high_ratio()) {
        shapes.push_back(shape);
      }
    }
  }
  if (shapes.empty()) return "";
  std::vector<std::string> least;
  const auto add = [&](const auto& cost, double unit, const char* what) {
    const Shape& one = *std::min_element(
        shapes.begin(), shapes.end(),
        [&](const Shape& a, const Shape& b) { return cost(a) < cost(b); });
    // Counts whole: a limit of what is shown is to be kept.
    const double shown = cost(one) / unit;
    least.push_back(
        unit == 1
            ? absl::StrFormat("%.0f %s (%s)", shown, what, ShapeLabel(one))
            : absl::StrFormat("%.6g %s (%s)", shown, what, ShapeLabel(one)));
  };
  if (space.max_parameters > 0) {
    add(
        [](const Shape& one) {
          return static_cast<double>(CountParameters(one).total());
        },
        1, "parameters");
  }
  if (space.max_memory_bytes > 0) {
    add(
        [&](const Shape& one) {
          return static_cast<double>(
              EstimateTrainingMemory(one, candidates.tokens_per_step).total());
        },
        1, "bytes");
  }
  if (candidates.max_decode_seconds > 0 && candidates.latency) {
    add([&](const Shape& one) { return candidates.latency->At(one); }, 1e-3,
        "ms a decoded token");
  }
  return least.empty() ? ""
                       : absl::StrCat("; the least of any is ",
                                      absl::StrJoin(least, ", "));
}

double SizeOf(const Shape& shape, SizeMeasure measure) {
  return measure == SizeMeasure::kParams
             ? static_cast<double>(CountParameters(shape).total())
             : EffectiveSize(shape);
}

Shape NearestShape(const SearchSpace& space, SizeMeasure measure, double size,
                   double aspect_ratio) {
  const int64_t step = space.base.head_dim;
  const auto at = [&](int64_t heads) {
    const int64_t width = heads * step;
    const double depth = std::round(static_cast<double>(width) / aspect_ratio);
    return ShapeInSpace(space,
                        std::clamp(static_cast<int64_t>(std::min(depth, 1e9)),
                                   space.min_depth, space.max_depth),
                        width);
  };
  // The size grows with the width along a constant aspect ratio.
  const int64_t max_heads = MaxWidth(space) / step;
  int64_t low = MinWidth(space) / step;
  int64_t high = low;
  while (SizeOf(at(high), measure) < size && high < max_heads) {
    low = high;
    high = std::min(2 * high, max_heads);
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

absl::StatusOr<std::vector<ShapeChoice>> BestShapes(
    const ShapeOptimum& optimum, const ShapeCandidates& candidates,
    SizeMeasure measure, const Allocation& allocation, int count) {
  const SearchSpace& space = candidates.space;
  std::vector<ShapeChoice> choices =
      Affordable(optimum, candidates, measure, allocation);
  if (allocation.fixed()) choices = OfSize(choices, optimum.size);
  if (choices.empty()) {
    return LimitError(absl::StrFormat(
        "no shape of head_dim %d, %d to %d layers and width up to %d near size "
        "%.3g, with an aspect ratio from %.3g to %.3g (within %.0f times what "
        "was tried), is within the limits; raise them%s",
        space.base.head_dim, space.min_depth, space.max_depth, space.max_width,
        optimum.size, candidates.tried.low_ratio(),
        candidates.tried.high_ratio(), TriedShapes::kNear,
        LeastOfLimits(candidates)));
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
