#include <algorithm>
#include <cmath>
#include <limits>

#include "search/grid/budget_stage.h"
#include "search/nearest_feasible.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

constexpr double kEqualFlops = 0.01;
// Other references are sought at these steps of size, up to 7 each way.
constexpr double kReferenceStep = 0.02;
constexpr int kReferenceSteps = 7;
// Costs in squared log of aspect ratio: a variant that is missing, and the
// extra trial of a reference that is not the best size itself.
constexpr double kMissing = 20;
constexpr double kExtraTrial = 0.5;

double Wanted(const GridOptions& options, int variant) {
  const int power = variant % 2 == 0 ? variant / 2 + 1 : -(variant / 2 + 1);
  return options.center_aspect_ratio *
         std::pow(options.aspect_ratio_step, power);
}

AspectGroup GroupAt(const GridOptions& options, const SearchProblem& problem,
                    size_t budget, const Shape& reference, int count) {
  AspectGroup group{reference, {}};
  // An aspect ratio nearer than this to one of the group would measure nothing
  // new.
  const double gap = std::log(std::min(1.25, options.aspect_ratio_step)) - 1e-9;
  for (int i = 0; i < count; ++i) {
    absl::StatusOr<Shape> shape = NearestFeasible(
        problem.space, problem.tokens_per_step[budget], problem.budgets[budget],
        {EffectiveSize(reference), Wanted(options, i), kEqualFlops},
        [&](const Shape& candidate) {
          const auto far = [&](const Shape& other) {
            return std::abs(std::log(AspectRatio(candidate) /
                                     AspectRatio(other))) >= gap;
          };
          return far(reference) &&
                 std::all_of(group.variants.begin(), group.variants.end(), far);
        });
    // If no shape is found for one ratio, none is for any: the tolerance in
    // size is too narrow.
    if (!shape.ok()) break;
    group.variants.push_back(*shape);
  }
  return group;
}

double Cost(const GridOptions& options, const AspectGroup& group, int count) {
  double cost = kMissing * (count - static_cast<int>(group.variants.size()));
  for (size_t i = 0; i < group.variants.size(); ++i) {
    const double off = std::log(AspectRatio(group.variants[i]) /
                                Wanted(options, static_cast<int>(i)));
    cost += off * off;
  }
  return cost;
}

}  // namespace

AspectGroup GroupOfAspects(const GridOptions& options,
                           const SearchProblem& problem, size_t budget,
                           const Shape& best, int count) {
  AspectGroup chosen = GroupAt(options, problem, budget, best, count);
  double min_cost = Cost(options, chosen, count);
  // Nothing to gain if every ratio is within sqrt(step) of the wanted one.
  const double half_step = std::log(options.aspect_ratio_step) / 2;
  if (min_cost <= count * half_step * half_step) return chosen;
  for (int step = 1; step <= 2 * kReferenceSteps; ++step) {
    const int away = (step + 1) / 2 * (step % 2 == 1 ? 1 : -1);
    absl::StatusOr<Shape> reference = NearestFeasible(
        problem.space, problem.tokens_per_step[budget], problem.budgets[budget],
        {EffectiveSize(best) * (1 + away * kReferenceStep),
         options.center_aspect_ratio, kEqualFlops});
    if (!reference.ok() || *reference == best) continue;
    AspectGroup group = GroupAt(options, problem, budget, *reference, count);
    const double off =
        std::log(AspectRatio(*reference) / options.center_aspect_ratio);
    const double cost = Cost(options, group, count) + kExtraTrial + off * off;
    if (cost < min_cost) {
      min_cost = cost;
      chosen = std::move(group);
    }
  }
  return chosen;
}

}  // namespace isoshape
