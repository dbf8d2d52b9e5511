#include "search/spread/draw.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/hash.h"
#include "search/nearest_feasible.h"
#include "search/problem.h"

namespace isoshape {
namespace {

// Points tried for each trial wanted before a space counts as used up; and, as
// a large number may be wanted of a small space, points in a row that brought
// no new shape, for each shape that there is.
constexpr uint32_t kPointsPerTrial = 16;
constexpr uint32_t kMinShapes = 32;

// Maps [0, 1) to centre / range .. centre * range, evenly in log.
double LogUniform(double u, double center, double range) {
  return center * std::pow(range, 2 * u - 1);
}

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
  std::vector<Shape> shapes;
  std::set<std::tuple<int64_t, int64_t, int64_t>> known;
  const auto wanted = static_cast<size_t>(options.trials_per_budget);
  const auto max_points = static_cast<uint32_t>(wanted) * kPointsPerTrial;
  uint32_t barren = 0;
  const auto used_up = [&] {
    const auto found = static_cast<uint32_t>(shapes.size());
    return barren > kPointsPerTrial * std::max(found, kMinShapes);
  };
  for (uint32_t i = 0; i < max_points && shapes.size() < wanted && !used_up();
       ++i) {
    const std::array<double, 2> point =
        source(i, options.seed + kSplitMixStep * stream);
    const double size = LogUniform(point[0], center, options.size_range);
    const double aspect = LogUniform(point[1], options.center_aspect_ratio,
                                     options.aspect_ratio_range);
    absl::StatusOr<Shape> shape =
        NearestFeasible(problem.space, problem.tokens_per_step[budget],
                        problem.budgets[budget], {size, aspect});
    if (!shape.ok()) return shape.status();
    // Of one space, depth, width and FFN tell shapes apart.
    if (known.emplace(shape->depth, shape->width, shape->ffn_width).second) {
      shapes.push_back(*shape);
      barren = 0;
    } else {
      ++barren;
    }
  }
  return shapes;
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
