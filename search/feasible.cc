#include "search/feasible.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

constexpr int64_t kDefaultFloorSteps = 20;

double Square(double x) { return x * x; }

// `value` rounded up to three digits, so that a remedy is enough.
std::string RoundedUp(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 2);
  return absl::StrFormat("%.3g", std::ceil(value / unit) * unit);
}

// Smallest and largest multiples of head_dim within the bounds of width.
int64_t LeastWidth(const SearchSpace& space) {
  const int64_t head = space.base.head_dim;
  const int64_t least = std::max(space.min_width, head);
  return (least + head - 1) / head * head;
}
int64_t MostWidth(const SearchSpace& space) {
  return space.max_width / space.base.head_dim * space.base.head_dim;
}

// Bounds of a tuned ffn_width: multiples of ffn_multiple within kFfnTuning of
// ffn_ratio * width, and at least the default one.
struct FfnBounds {
  int64_t usual, least, most;
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
  bounds.least =
      std::min(bounds.usual, std::max<int64_t>(1, low) * space.ffn_multiple);
  bounds.most = std::max(bounds.usual, high * space.ffn_multiple);
  return bounds;
}

absl::Status CheckBounds(const SearchSpace& space, int64_t tokens_per_step,
                         double budget_flops) {
  if (!(budget_flops > 0) || !std::isfinite(budget_flops)) {
    return absl::InvalidArgumentError(
        absl::StrCat("budget ", budget_flops,
                     " FLOPs is not a positive finite number; give one"));
  }
  if (tokens_per_step < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("tokens_per_step ", tokens_per_step,
                     " is less than 1; give at least the context"));
  }
  if (space.min_depth < 1 || space.max_depth < space.min_depth) {
    return absl::InvalidArgumentError(
        absl::StrCat("depth bounds ", space.min_depth, " to ", space.max_depth,
                     " hold no depth; give 1 <= min_depth <= max_depth"));
  }
  if (space.base.head_dim < 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "head_dim ", space.base.head_dim, " is less than 1; give at least 1"));
  }
  if (LeastWidth(space) > MostWidth(space)) {
    return absl::InvalidArgumentError(
        absl::StrCat("width bounds ", space.min_width, " to ", space.max_width,
                     " hold no multiple of head_dim ", space.base.head_dim,
                     "; raise max_width to at least ", LeastWidth(space)));
  }
  if (!(space.ffn_ratio > 0) || space.ffn_ratio > 1024) {
    return absl::InvalidArgumentError(
        absl::StrCat("ffn_ratio ", space.ffn_ratio,
                     " is not within (0, 1024]; 8/3 or 4 are usual"));
  }
  if (space.ffn_multiple < 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "ffn_multiple ", space.ffn_multiple, " is less than 1; 8 is usual"));
  }
  const std::string problem =
      ShapeProblem(ShapeInSpace(space, space.min_depth, LeastWidth(space)));
  if (!problem.empty()) return absl::InvalidArgumentError(problem);
  return absl::OkStatus();
}

bool Feasible(const SearchSpace& space, const Shape& shape,
              int64_t tokens_per_step, double budget_flops) {
  const int64_t tokens =
      StepsAtBudget(shape, budget_flops, tokens_per_step) * tokens_per_step;
  return tokens >= TokenFloor(space, tokens_per_step) &&
         (space.max_parameters == 0 ||
          CountParameters(shape).total() <= space.max_parameters) &&
         (space.max_memory_bytes == 0 ||
          EstimateTrainingMemory(shape, tokens_per_step).total() <=
              space.max_memory_bytes);
}

}  // namespace

int64_t TokenFloor(const SearchSpace& space, int64_t tokens_per_step) {
  return space.min_tokens > 0 ? space.min_tokens
                              : kDefaultFloorSteps * tokens_per_step;
}

Shape ShapeInSpace(const SearchSpace& space, int64_t depth, int64_t width) {
  Shape shape = space.base;
  shape.depth = depth;
  shape.width = width;
  shape.heads = width / shape.head_dim;
  shape.kv_heads = shape.heads;
  const double multiples = space.ffn_ratio * static_cast<double>(width) /
                           static_cast<double>(space.ffn_multiple);
  shape.ffn_width =
      std::max<int64_t>(1, static_cast<int64_t>(std::llround(multiples))) *
      space.ffn_multiple;
  return shape;
}

std::string FeasibilityProblem(const SearchSpace& space, const Shape& shape,
                               int64_t tokens_per_step, double budget_flops) {
  std::string problem = ShapeProblem(shape);
  if (problem.empty()) problem = HeadsProblem(shape);
  if (!problem.empty()) return problem;
  if (shape.depth < space.min_depth || shape.depth > space.max_depth) {
    return absl::StrCat("depth ", shape.depth, " is outside the bounds ",
                        space.min_depth, " to ", space.max_depth);
  }
  if (shape.width < space.min_width || shape.width > space.max_width) {
    return absl::StrCat("width ", shape.width, " is outside the bounds ",
                        space.min_width, " to ", space.max_width);
  }
  const int64_t tokens =
      StepsAtBudget(shape, budget_flops, tokens_per_step) * tokens_per_step;
  const int64_t floor = TokenFloor(space, tokens_per_step);
  if (tokens < floor) {
    return absl::StrFormat(
        "%s would train %d tokens at %g FLOPs, below the floor of %d",
        ShapeLabel(shape), tokens, budget_flops, floor);
  }
  const int64_t parameters = CountParameters(shape).total();
  if (space.max_parameters > 0 && parameters > space.max_parameters) {
    return absl::StrFormat("%s has %d parameters, above max_parameters %d",
                           ShapeLabel(shape), parameters, space.max_parameters);
  }
  const int64_t memory = EstimateTrainingMemory(shape, tokens_per_step).total();
  if (space.max_memory_bytes > 0 && memory > space.max_memory_bytes) {
    return absl::StrFormat(
        "%s would need about %d bytes to train, above max_memory_bytes %d",
        ShapeLabel(shape), memory, space.max_memory_bytes);
  }
  return "";
}

absl::Status CheckAnyFeasible(const SearchSpace& space, int64_t tokens_per_step,
                              double budget_flops) {
  absl::Status status = CheckBounds(space, tokens_per_step, budget_flops);
  if (!status.ok()) return status;
  // Least in every count, as all of them grow with depth and width.
  const Shape smallest =
      ShapeInSpace(space, space.min_depth, LeastWidth(space));
  if (Feasible(space, smallest, tokens_per_step, budget_flops)) {
    return absl::OkStatus();
  }
  const std::string label = ShapeLabel(smallest);
  const int64_t floor = TokenFloor(space, tokens_per_step);
  const int64_t tokens =
      StepsAtBudget(smallest, budget_flops, tokens_per_step) * tokens_per_step;
  if (tokens < floor) {
    const double steps = std::ceil(static_cast<double>(floor) /
                                   static_cast<double>(tokens_per_step));
    const double needed = steps * static_cast<double>(tokens_per_step) *
                          TrainingFlopsPerToken(smallest);
    return absl::FailedPreconditionError(absl::StrFormat(
        "budget %g FLOPs is too small for any shape: the smallest, %s, would "
        "train %d tokens, below the floor of %d; raise the budget to at least "
        "%s or lower %s",
        budget_flops, label, tokens, floor, RoundedUp(needed),
        space.min_tokens > 0 ? "min_tokens" : "tokens_per_step or min_tokens"));
  }
  const int64_t parameters = CountParameters(smallest).total();
  if (space.max_parameters > 0 && parameters > space.max_parameters) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "max_parameters %d is too small for any shape: the smallest, %s, has "
        "%d; raise it to at least that or lower min_depth or min_width",
        space.max_parameters, label, parameters));
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "max_memory_bytes %d is too small for any shape: the smallest, %s, needs "
      "about %d; raise it to at least that or lower tokens_per_step",
      space.max_memory_bytes, label,
      EstimateTrainingMemory(smallest, tokens_per_step).total()));
}

absl::StatusOr<Shape> NearestFeasibleIf(
    const SearchSpace& space, int64_t tokens_per_step, double budget_flops,
    double target_size, double target_aspect_ratio, double size_tolerance,
    absl::FunctionRef<bool(const Shape&)> accept) {
  absl::Status status = CheckAnyFeasible(space, tokens_per_step, budget_flops);
  if (!status.ok()) return status;
  if (!(target_size > 0) || !std::isfinite(target_size) ||
      !(target_aspect_ratio > 0) || !std::isfinite(target_aspect_ratio)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("size %g at aspect ratio %g is no target; both are "
                        "positive and finite",
                        target_size, target_aspect_ratio));
  }
  std::optional<Shape> best;
  double best_cost = std::numeric_limits<double>::infinity();
  const int64_t least_width = LeastWidth(space);
  const int64_t most_width = MostWidth(space);
  for (int64_t depth = space.min_depth; depth <= space.max_depth; ++depth) {
    bool any_at_depth = false;
    for (int64_t width = least_width; width <= most_width;
         width += space.base.head_dim) {
      Shape shape = ShapeInSpace(space, depth, width);
      const FfnBounds ffn = BoundsOfFfn(space, shape);
      const double usual_size = EffectiveSize(shape);
      shape.ffn_width = ffn.least;
      const double least_size = EffectiveSize(shape);
      // Sizes only grow from here on with width.
      if (!Feasible(space, shape, tokens_per_step, budget_flops)) break;
      any_at_depth = true;
      if (least_size > target_size * (1 + size_tolerance) ||
          (least_size > target_size &&
           4 * Square(std::log(least_size / target_size)) >= best_cost)) {
        break;
      }
      shape.ffn_width = ffn.least + space.ffn_multiple;
      const double per_multiple = EffectiveSize(shape) - least_size;
      const auto steps =
          static_cast<int64_t>(std::floor(std::clamp(
              (target_size - usual_size) / per_multiple, -1e9, 1e9))) *
          space.ffn_multiple;
      const int64_t tuned = ffn.usual + steps;
      for (const int64_t ffn_width :
           {ffn.usual, std::clamp(tuned, ffn.least, ffn.most),
            std::clamp(tuned + space.ffn_multiple, ffn.least, ffn.most)}) {
        shape.ffn_width = ffn_width;
        const double size = EffectiveSize(shape);
        if (std::abs(size / target_size - 1) > size_tolerance) continue;
        const double cost =
            4 * Square(std::log(size / target_size)) +
            Square(std::log(AspectRatio(shape) / target_aspect_ratio)) +
            Square(std::log(static_cast<double>(ffn_width) /
                            static_cast<double>(ffn.usual))) /
                2;
        if (cost >= best_cost ||
            !Feasible(space, shape, tokens_per_step, budget_flops) ||
            !accept(shape)) {
          continue;
        }
        best = shape;
        best_cost = cost;
      }
    }
    if (!any_at_depth) break;
  }
  if (!best.has_value()) {
    return absl::NotFoundError(absl::StrFormat(
        "no further feasible shape is within %g %% of size %g at %g FLOPs; "
        "widen the bounds of depth and width or lower ffn_multiple",
        100 * size_tolerance, target_size, budget_flops));
  }
  return *best;
}

absl::StatusOr<Shape> NearestFeasible(const SearchSpace& space,
                                      int64_t tokens_per_step,
                                      double budget_flops, double target_size,
                                      double target_aspect_ratio,
                                      double size_tolerance) {
  return NearestFeasibleIf(space, tokens_per_step, budget_flops, target_size,
                           target_aspect_ratio, size_tolerance,
                           [](const Shape&) { return true; });
}

}  // namespace isoshape
