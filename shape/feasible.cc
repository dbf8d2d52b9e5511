#include "shape/feasible.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "shape/accounting.h"
#include "shape/rounded_up.h"

namespace isoshape {
namespace {

double Square(double x) { return x * x; }

// Bounds of a tuned ffn_width: multiples of ffn_multiple within kFfnTuning of
// ffn_ratio * width, and at least the default one.
struct FfnBounds {
  int64_t usual, min, max;
};
FfnBounds BoundsOfFfn(const SearchSpace& space, const Shape& shape) {
  const double multiple = static_cast<double>(space.ffn_multiple);
  const double wanted = space.ffn_ratio * static_cast<double>(shape.width);
  const auto low = static_cast<int64_t>(
      std::ceil((1 - kFfnTuning) * wanted / multiple - 1e-9));
  const auto high = static_cast<int64_t>(
      std::floor((1 + kFfnTuning) * wanted / multiple + 1e-9));
  FfnBounds bounds;
  bounds.usual = shape.ffn_width;
  bounds.min =
      std::min(bounds.usual, std::max<int64_t>(1, low) * space.ffn_multiple);
  bounds.max = std::max(bounds.usual, high * space.ffn_multiple);
  return bounds;
}

int64_t TokensAtBudget(const Shape& shape, int64_t tokens_per_step,
                       double budget_flops) {
  return StepsAtBudget(shape, budget_flops, tokens_per_step) * tokens_per_step;
}

// FLOPs of the fewest tokens that a trial must have.
double FlopsOfFloor(const SearchSpace& space, const Shape& shape,
                    int64_t tokens_per_step) {
  const auto step = static_cast<double>(tokens_per_step);
  const auto floor = static_cast<double>(TokenFloor(space, tokens_per_step));
  return std::ceil(floor / step) * step * TrainingFlopsPerToken(shape);
}

bool Feasible(const SearchSpace& space, const Shape& shape,
              int64_t tokens_per_step, double budget_flops) {
  return TokensAtBudget(shape, tokens_per_step, budget_flops) >=
             TokenFloor(space, tokens_per_step) &&
         WithinLimits(space, shape, tokens_per_step);
}

// The distance of a shape from the target, which the nearest shape minimizes.
double Distance(const Shape& shape, int64_t usual_ffn_width,
                const ShapeTarget& target) {
  return 4 * Square(std::log(EffectiveSize(shape) / target.size)) +
         Square(std::log(AspectRatio(shape) / target.aspect_ratio)) +
         Square(std::log(static_cast<double>(shape.ffn_width) /
                         static_cast<double>(usual_ffn_width))) /
             2;
}

// The scan for the shape nearest to a target: depths in order, and of each the
// widths in order that are not as distant as the best shape found by their
// aspect ratio or size alone.
class NearestScan {
 public:
  NearestScan(const SearchSpace& space, int64_t tokens_per_step,
              double budget_flops, const ShapeTarget& target,
              const std::function<bool(const Shape&)>& accept)
      : space_(space),
        tokens_per_step_(tokens_per_step),
        budget_flops_(budget_flops),
        target_(target),
        accept_(accept),
        max_width_(MaxWidth(space)) {}

  std::optional<Shape> Run() {
    if (!IsFeasible(SmallestShape(space_))) return std::nullopt;
    if (!accept_) SetBestDistance(DistanceToBeat());
    for (int64_t depth = FirstDepth(); depth <= space_.max_depth; ++depth) {
      if (!ScanDepth(depth)) break;
    }
    return best_;
  }

 private:
  bool IsFeasible(const Shape& shape) const {
    return Feasible(space_, shape, tokens_per_step_, budget_flops_);
  }

  // The widths of a depth whose aspect ratio alone does not make a shape as
  // distant as the best one: from the first, a multiple of head_dim, on, and no
  // further than the last.
  struct Widths {
    int64_t first = 0;
    double last = std::numeric_limits<double>::infinity();
  };
  Widths WidthsOf(int64_t depth) const {
    Widths widths = {.first = MinWidth(space_)};
    if (!std::isfinite(best_distance_)) return widths;
    const double at_ratio = static_cast<double>(depth) * target_.aspect_ratio;
    const auto step = static_cast<double>(space_.base.head_dim);
    widths.last = at_ratio * reach_;
    const double low = std::ceil(at_ratio / reach_ / step) * step;
    if (low > static_cast<double>(widths.first)) {
      widths.first = low > static_cast<double>(max_width_)
                         ? max_width_ + space_.base.head_dim
                         : static_cast<int64_t>(low);
    }
    return widths;
  }

  // By its size alone.
  bool IsTooDistant(double size) const {
    return size < min_size_ || size > max_size_;
  }

  void SetBestDistance(double distance) {
    // So that rounding rejects nothing that is nearer.
    constexpr double kSlack = 1e-9;
    best_distance_ = distance;
    reach_ = std::exp(std::sqrt(distance));
    const double size_reach = std::sqrt(reach_) * (1 + kSlack);
    min_size_ = target_.size / size_reach;
    max_size_ = target_.size * size_reach;
  }

  // Slightly more than the distance of a shape that is about as near as any: of
  // those beside the place where size and aspect ratio are what is wanted, with
  // the usual ffn_width. Infinite if none of these is feasible.
  double DistanceToBeat() const {
    constexpr double kSlack = 1e-9;
    const auto width_at = [&](int64_t depth) {
      return static_cast<int64_t>(
          std::clamp(static_cast<double>(depth) * target_.aspect_ratio,
                     static_cast<double>(MinWidth(space_)),
                     static_cast<double>(max_width_)));
    };
    // The first depth that is too large at the wanted aspect ratio.
    int64_t low = space_.min_depth;
    int64_t high = space_.max_depth + 1;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      const Shape shape = ShapeInSpace(space_, middle, width_at(middle));
      if (EffectiveSize(shape) < target_.size) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    double least = std::numeric_limits<double>::infinity();
    const int64_t step = space_.base.head_dim;
    for (int64_t depth = std::max(space_.min_depth, low - 1);
         depth <= std::min(space_.max_depth, low); ++depth) {
      const int64_t below = width_at(depth) / step * step;
      for (const int64_t width : {below, below + step}) {
        if (width < MinWidth(space_) || width > max_width_) continue;
        const Shape shape = ShapeInSpace(space_, depth, width);
        if (!IsFeasible(shape) || !IsWithinTolerance(EffectiveSize(shape))) {
          continue;
        }
        least = std::min(least, Distance(shape, shape.ffn_width, target_));
      }
    }
    return least * (1 + kSlack) + kSlack;
  }

  bool IsWithinTolerance(double size) const {
    return std::abs(size / target_.size - 1) <= target_.size_tolerance;
  }

  // The first depth at which the largest shape of WidthsOf is not too small:
  // it grows with the depth.
  int64_t FirstDepth() const {
    if (!std::isfinite(best_distance_)) return space_.min_depth;
    const auto too_small = [&](int64_t depth) {
      const double last =
          std::min(WidthsOf(depth).last, static_cast<double>(max_width_));
      const int64_t step = space_.base.head_dim;
      const int64_t width = static_cast<int64_t>(last) / step * step;
      if (width < MinWidth(space_)) return true;  // there is none
      Shape shape = ShapeInSpace(space_, depth, width);
      shape.ffn_width = BoundsOfFfn(space_, shape).max;
      shape.kv_heads = shape.heads;  // the most, also where some share them
      const double size = EffectiveSize(shape);
      return size < target_.size && IsTooDistant(size);
    };
    int64_t low = space_.min_depth;
    int64_t high = space_.max_depth + 1;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (too_small(middle)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  // False if all that is deeper is too large: sizes, and what limits and the
  // budget allow of them, grow with depth and width, unless some shapes share
  // keys and values and others do not.
  bool ScanDepth(int64_t depth) {
    Widths widths = WidthsOf(depth);
    const int64_t first = widths.first;
    if (first > max_width_) return false;  // and deeper ones need wider
    for (int64_t width = first; width <= max_width_;) {
      // None of this depth is left; one of the next may have the ratio.
      if (static_cast<double>(width) > widths.last) return true;
      if (!ScanFfnWidths(depth, width)) {
        return width > first || space_.kv_heads > 0;
      }
      widths = WidthsOf(depth);
      width = std::max(width + space_.base.head_dim, widths.first);
    }
    return true;
  }

  // False if this width and all that are larger are too large.
  bool ScanFfnWidths(int64_t depth, int64_t width) {
    Shape shape = ShapeInSpace(space_, depth, width);
    const FfnBounds ffn = BoundsOfFfn(space_, shape);
    const double usual_size = EffectiveSize(shape);
    shape.ffn_width = ffn.min;
    const double min_size = EffectiveSize(shape);
    if (!IsFeasible(shape) ||
        min_size > target_.size * (1 + target_.size_tolerance) ||
        (min_size > target_.size && IsTooDistant(min_size))) {
      return false;
    }
    // The size is linear in ffn_width: the two multiples around the target.
    shape.ffn_width = ffn.min + space_.ffn_multiple;
    const double per_multiple = EffectiveSize(shape) - min_size;
    const auto steps =
        static_cast<int64_t>(std::floor(std::clamp(
            (target_.size - usual_size) / per_multiple, -1e9, 1e9))) *
        space_.ffn_multiple;
    const int64_t tuned = ffn.usual + steps;
    for (const int64_t ffn_width :
         {ffn.usual, std::clamp(tuned, ffn.min, ffn.max),
          std::clamp(tuned + space_.ffn_multiple, ffn.min, ffn.max)}) {
      shape.ffn_width = ffn_width;
      const double size = EffectiveSize(shape);
      if (IsTooDistant(size) || !IsWithinTolerance(size)) continue;
      const double distance = Distance(shape, ffn.usual, target_);
      if (distance >= best_distance_ || !IsFeasible(shape) ||
          (accept_ && !accept_(shape))) {
        continue;
      }
      best_ = shape;
      SetBestDistance(distance);
    }
    return true;
  }

  const SearchSpace& space_;
  const int64_t tokens_per_step_;
  const double budget_flops_;
  const ShapeTarget& target_;
  const std::function<bool(const Shape&)>& accept_;
  const int64_t max_width_;
  std::optional<Shape> best_;
  // Only shapes that are nearer are looked for: whose aspect ratio is within
  // this factor of what is wanted, and whose size is in this range.
  double best_distance_ = std::numeric_limits<double>::infinity();
  double reach_ = std::numeric_limits<double>::infinity();
  double min_size_ = 0;
  double max_size_ = std::numeric_limits<double>::infinity();
};

}  // namespace

std::string FeasibilityProblem(const SearchSpace& space, const Shape& shape,
                               int64_t tokens_per_step, double budget_flops) {
  std::string broken = ShapeProblem(shape);
  if (broken.empty()) broken = HeadsProblem(shape);
  if (!broken.empty()) return broken;
  const bool within_bounds =
      shape.depth >= space.min_depth && shape.depth <= space.max_depth &&
      shape.width >= space.min_width && shape.width <= space.max_width;
  if (within_bounds && Feasible(space, shape, tokens_per_step, budget_flops)) {
    return "";
  }
  std::ostringstream problem;
  const int64_t tokens = TokensAtBudget(shape, tokens_per_step, budget_flops);
  const int64_t floor = TokenFloor(space, tokens_per_step);
  const int64_t parameters = CountParameters(shape).total();
  const int64_t memory = EstimateTrainingMemory(shape, tokens_per_step).total();
  if (shape.depth < space.min_depth || shape.depth > space.max_depth) {
    problem << "depth " << shape.depth << " is outside the bounds "
            << space.min_depth << " to " << space.max_depth;
  } else if (shape.width < space.min_width || shape.width > space.max_width) {
    problem << "width " << shape.width << " is outside the bounds "
            << space.min_width << " to " << space.max_width;
  } else if (tokens < floor) {
    problem << ShapeLabel(shape) << " would train " << tokens << " tokens at "
            << budget_flops << " FLOPs, below the floor of " << floor
            << ", which takes "
            << RoundedUp(FlopsOfFloor(space, shape, tokens_per_step));
  } else if (space.max_parameters > 0 && parameters > space.max_parameters) {
    problem << ShapeLabel(shape) << " has " << parameters
            << " parameters, above max_parameters " << space.max_parameters;
  } else if (space.max_memory_bytes > 0 && memory > space.max_memory_bytes) {
    problem << ShapeLabel(shape) << " would need about " << memory
            << " bytes to train, above max_memory_bytes "
            << space.max_memory_bytes;
  }
  return problem.str();
}

std::string NoShapeProblem(const SearchSpace& space, int64_t tokens_per_step,
                           double budget_flops) {
  const Shape smallest = SmallestShape(space);
  if (Feasible(space, smallest, tokens_per_step, budget_flops)) return "";
  std::ostringstream problem;
  const std::string label = ShapeLabel(smallest);
  const int64_t floor = TokenFloor(space, tokens_per_step);
  const int64_t tokens =
      TokensAtBudget(smallest, tokens_per_step, budget_flops);
  const int64_t parameters = CountParameters(smallest).total();
  if (tokens < floor) {
    problem << "budget " << budget_flops
            << " FLOPs is too small for any shape: the smallest, " << label
            << ", would train " << tokens << " tokens, below the floor of "
            << floor << "; raise the budget to at least "
            << RoundedUp(FlopsOfFloor(space, smallest, tokens_per_step))
            << " or lower "
            << (space.min_tokens > 0 ? "min_tokens"
                                     : "tokens_per_step or min_tokens");
  } else if (space.max_parameters > 0 && parameters > space.max_parameters) {
    problem << "max_parameters " << space.max_parameters
            << " is too small for any shape: the smallest, " << label
            << ", has " << parameters
            << "; raise it to at least that or lower min_depth or min_width";
  } else {
    problem << "max_memory_bytes " << space.max_memory_bytes
            << " is too small for any shape: the smallest, " << label
            << ", needs about "
            << EstimateTrainingMemory(smallest, tokens_per_step).total()
            << "; raise it to at least that or lower tokens_per_step";
  }
  return problem.str();
}

std::vector<Shape> FeasibleShapes(const SearchSpace& space,
                                  int64_t tokens_per_step, double budget_flops,
                                  size_t most) {
  std::vector<Shape> shapes;
  for (int64_t depth = space.min_depth; depth <= space.max_depth; ++depth) {
    const size_t before = shapes.size();
    for (int64_t width = MinWidth(space); width <= MaxWidth(space);
         width += space.base.head_dim) {
      Shape shape = ShapeInSpace(space, depth, width);
      const FfnBounds ffn = BoundsOfFfn(space, shape);
      shape.ffn_width = ffn.min;
      if (!Feasible(space, shape, tokens_per_step, budget_flops)) break;
      for (; shape.ffn_width <= ffn.max &&
             Feasible(space, shape, tokens_per_step, budget_flops);
           shape.ffn_width += space.ffn_multiple) {
        if (shapes.size() == most) return {};
        shapes.push_back(shape);
      }
    }
    if (shapes.size() == before) break;  // deeper ones are larger
  }
  return shapes;
}

std::optional<Shape> NearestFeasibleShape(
    const SearchSpace& space, int64_t tokens_per_step, double budget_flops,
    const ShapeTarget& target,
    const std::function<bool(const Shape&)>& accept) {
  return NearestScan(space, tokens_per_step, budget_flops, target, accept)
      .Run();
}

}  // namespace isoshape
