#include "search/spread/draw.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/files/hash.h"
#include "common/status/status_macros.h"
#include "common/threads/cancellation.h"
#include "search/nearest_feasible.h"
#include "search/problem.h"
#include "shape/accounting.h"
#include "shape/feasible.h"

namespace isoshape {
namespace {

// A space counts as used up after so many points in a row, for each shape that
// there is, that brought no new one; or so many in all.
constexpr uint32_t kBarrenPoints = 16;
constexpr uint32_t kPointsInAll = 32;
constexpr uint32_t kMinShapes = 32;
// A space of so few is then looked through: random points may take long to find
// a shape that is the nearest one to few of them.
constexpr size_t kFewShapes = 2048;

// Maps [0, 1) to centre / range .. centre * range, evenly in log.
double LogUniform(double u, double center, double range) {
  return center * std::pow(range, 2 * u - 1);
}

// The sizes and aspect ratios that are drawn from.
struct Ranges {
  const SpreadOptions& options;
  double center;

  absl::Status Check() const {
    const double largest = center * options.size_range;
    const double widest =
        options.center_aspect_ratio * options.aspect_ratio_range;
    if (center > 0 && std::isfinite(largest) &&
        options.center_aspect_ratio > 0 && std::isfinite(widest)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(absl::StrFormat(
        "no shapes can be drawn up to size %g and aspect ratio %g; both are "
        "positive and finite",
        largest, widest));
  }
  ShapeTarget At(const std::array<double, 2>& point) const {
    return {LogUniform(point[0], center, options.size_range),
            LogUniform(point[1], options.center_aspect_ratio,
                       options.aspect_ratio_range)};
  }
  ShapeTarget NearestTo(const Shape& shape) const {
    const auto clamped = [](double value, double middle, double range) {
      return std::clamp(value, middle / range, middle * range);
    };
    return {clamped(EffectiveSize(shape), center, options.size_range),
            clamped(AspectRatio(shape), options.center_aspect_ratio,
                    options.aspect_ratio_range)};
  }
};

// Distinct shapes of a budget that has some.
class Distinct {
 public:
  Distinct(const SearchProblem& problem, size_t budget)
      : problem_(problem), budget_(budget) {}

  // Adds the feasible shape that is nearest; false if it is there already.
  bool Add(const ShapeTarget& target) {
    const std::optional<Shape> shape =
        NearestFeasibleShape(problem_.space, problem_.tokens_per_step[budget_],
                             problem_.budgets[budget_], target);
    // Of one space, depth, width and FFN tell shapes apart.
    if (!shape ||
        !known_.emplace(shape->depth, shape->width, shape->ffn_width).second) {
      return false;
    }
    shapes_.push_back(*shape);
    return true;
  }

  const std::vector<Shape>& shapes() const { return shapes_; }
  std::vector<Shape> Take() { return std::move(shapes_); }

 private:
  const SearchProblem& problem_;
  const size_t budget_;
  std::vector<Shape> shapes_;
  absl::flat_hash_set<std::tuple<int64_t, int64_t, int64_t>> known_;
};

// Whether points still bring new shapes.
class Usage {
 public:
  void Count(bool is_new) {
    ++points_;
    barren_ = is_new ? 0 : barren_ + 1;
  }
  bool IsUsedUp(size_t found) const {
    const uint32_t shapes = std::max(static_cast<uint32_t>(found), kMinShapes);
    return barren_ > kBarrenPoints * shapes || points_ > kPointsInAll * shapes;
  }

 private:
  uint32_t points_ = 0;
  uint32_t barren_ = 0;
};

}  // namespace

std::array<double, 2> RandomPoint(uint32_t index, uint64_t seed) {
  const auto uniform = [&](uint64_t stream) {
    const uint64_t start = SplitMix64(stream);
    return static_cast<double>(SplitMix64(start + kSplitMixStep * index) >>
                               11) *
           0x1.0p-53;
  };
  return {uniform(2 * seed), uniform(2 * seed + 1)};
}

uint64_t StreamOf(double budget_flops, uint64_t round) {
  return SplitMix64(std::bit_cast<uint64_t>(budget_flops)) + round;
}

absl::StatusOr<std::vector<Shape>> DrawShapes(const SpreadOptions& options,
                                              const SearchProblem& problem,
                                              size_t budget, double center,
                                              uint64_t stream,
                                              PointSource source) {
  const Ranges ranges = {options, center};
  ISOSHAPE_RETURN_IF_ERROR(ranges.Check());
  ISOSHAPE_RETURN_IF_ERROR(CheckAnyFeasible(
      problem.space, problem.tokens_per_step[budget], problem.budgets[budget]));
  const auto wanted = static_cast<size_t>(options.trials_per_budget);
  Distinct drawn(problem, budget);
  Usage usage;
  for (uint32_t i = 0; drawn.shapes().size() < wanted && !Cancelled(); ++i) {
    if (usage.IsUsedUp(drawn.shapes().size())) {
      // What is drawn from here on must not depend on how many are wanted
      // either.
      for (const Shape& rest :
           FeasibleShapes(problem.space, problem.tokens_per_step[budget],
                          problem.budgets[budget], kFewShapes)) {
        if (drawn.shapes().size() == wanted) break;
        drawn.Add(ranges.NearestTo(rest));
      }
      break;
    }
    usage.Count(
        drawn.Add(ranges.At(source(i, options.seed + kSplitMixStep * stream))));
  }
  return drawn.Take();
}

std::string FewerText(size_t drawn, size_t asked) {
  if (drawn >= asked) return "";
  return absl::StrCat(" (", asked,
                      " asked; no more distinct ones were found in range)");
}

double SpreadCenter(const SpreadOptions& options, const SearchProblem& problem,
                    size_t budget) {
  return FirstCenter(options.center_size, problem.budgets.front()) *
         std::sqrt(problem.budgets[budget] / problem.budgets.front());
}

}  // namespace isoshape
