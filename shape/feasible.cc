#include "shape/feasible.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "shape/accounting.h"

namespace isoshape {
namespace {

double Square(double x) { return x * x; }

// `value` rounded up to three digits, so that a remedy is enough.
double RoundedUp(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 2);
  return std::ceil(value / unit) * unit;
}

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

// The next width at a depth whose aspect ratio alone does not make a shape as
// distant as the best one found; beyond all widths if there is none.
int64_t NextWidth(const SearchSpace& space, int64_t depth, int64_t width,
                  const ShapeTarget& target, double best_distance) {
  const int64_t step = space.base.head_dim;
  const int64_t next = width + step;
  if (!std::isfinite(best_distance)) return next;
  const double factor = std::exp(std::sqrt(best_distance));
  const double at_ratio = static_cast<double>(depth) * target.aspect_ratio;
  if (static_cast<double>(next) > at_ratio * factor) {
    return std::numeric_limits<int64_t>::max();
  }
  const double skipped = (at_ratio / factor - static_cast<double>(next)) /
                         static_cast<double>(step);
  return skipped > 0 ? next + step * static_cast<int64_t>(skipped) : next;
}

}  // namespace

std::string FeasibilityProblem(const SearchSpace& space, const Shape& shape,
                               int64_t tokens_per_step, double budget_flops) {
  std::string broken = ShapeProblem(shape);
  if (broken.empty()) broken = HeadsProblem(shape);
  if (!broken.empty()) return broken;
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
            << budget_flops << " FLOPs, below the floor of " << floor;
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
    const double steps = std::ceil(static_cast<double>(floor) /
                                   static_cast<double>(tokens_per_step));
    const double needed = steps * static_cast<double>(tokens_per_step) *
                          TrainingFlopsPerToken(smallest);
    problem << "budget " << budget_flops
            << " FLOPs is too small for any shape: the smallest, " << label
            << ", would train " << tokens << " tokens, below the floor of "
            << floor << "; raise the budget to at least " << RoundedUp(needed)
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

std::optional<Shape> NearestFeasibleShape(
    const SearchSpace& space, int64_t tokens_per_step, double budget_flops,
    const ShapeTarget& target,
    const std::function<bool(const Shape&)>& accept) {
  const auto feasible = [&](const Shape& shape) {
    return Feasible(space, shape, tokens_per_step, budget_flops);
  };
  if (!feasible(SmallestShape(space))) return std::nullopt;
  std::optional<Shape> best;
  double best_distance = std::numeric_limits<double>::infinity();
  const int64_t max_width = MaxWidth(space);
  for (int64_t depth = space.min_depth; depth <= space.max_depth; ++depth) {
    bool any_at_depth = false;
    for (int64_t width = MinWidth(space); width <= max_width;
         width = NextWidth(space, depth, width, target, best_distance)) {
      Shape shape = ShapeInSpace(space, depth, width);
      const FfnBounds ffn = BoundsOfFfn(space, shape);
      const double usual_size = EffectiveSize(shape);
      shape.ffn_width = ffn.min;
      const double min_size = EffectiveSize(shape);
      // From here on sizes only grow with width.
      if (!feasible(shape)) break;
      any_at_depth = true;
      if (min_size > target.size * (1 + target.size_tolerance) ||
          (min_size > target.size &&
           4 * Square(std::log(min_size / target.size)) >= best_distance)) {
        break;
      }
      // The size is linear in ffn_width: the two multiples around the target.
      shape.ffn_width = ffn.min + space.ffn_multiple;
      const double per_multiple = EffectiveSize(shape) - min_size;
      const auto steps =
          static_cast<int64_t>(std::floor(std::clamp(
              (target.size - usual_size) / per_multiple, -1e9, 1e9))) *
          space.ffn_multiple;
      const int64_t tuned = ffn.usual + steps;
      for (const int64_t ffn_width :
           {ffn.usual, std::clamp(tuned, ffn.min, ffn.max),
            std::clamp(tuned + space.ffn_multiple, ffn.min, ffn.max)}) {
        shape.ffn_width = ffn_width;
        if (std::abs(EffectiveSize(shape) / target.size - 1) >
            target.size_tolerance) {
          continue;
        }
        const double distance = Distance(shape, ffn.usual, target);
        if (distance >= best_distance || !feasible(shape) ||
            (accept && !accept(shape))) {
          continue;
        }
        best = shape;
        best_distance = distance;
      }
    }
    if (!any_at_depth) break;
  }
  return best;
}

}  // namespace isoshape
