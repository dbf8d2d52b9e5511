#include "search/sobol/sobol.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/counted.h"
#include "search/nearest_feasible.h"
#include "search/problem.h"
#include "search/sobol/sobol_points.h"
#include "search/trial_index.h"
#include "shape/accounting.h"

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

// Distinct shapes of one budget.
absl::StatusOr<std::vector<Shape>> ShapesOfBudget(const SobolOptions& options,
                                                  const SearchProblem& problem,
                                                  size_t budget,
                                                  double center) {
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
    // Another scrambling for each budget.
    const std::array<double, 2> point = ScrambledSobolPoint(
        i, options.seed + 0x9e3779b97f4a7c15u * static_cast<uint64_t>(budget));
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

}  // namespace

absl::StatusOr<Proposals> SobolSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  absl::Status status = CheckProblem(problem, history.empty());
  if (!status.ok()) return status;

  const TrialIndex index(problem, history);
  Proposals proposals;
  int waiting = 0;
  size_t total = 0;
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    const double center =
        FirstCenter(options_.center_size, problem.budgets.front()) *
        std::sqrt(problem.budgets[b] / problem.budgets.front());
    absl::StatusOr<std::vector<Shape>> shapes =
        ShapesOfBudget(options_, problem, b, center);
    if (!shapes.ok()) {
      absl::StrAppend(&proposals.note, shapes.status().message(), "; ");
      continue;
    }
    total += shapes->size();
    for (size_t i = 0; i < shapes->size(); ++i) {
      const Shape& shape = (*shapes)[i];
      const ShapeOutcome outcome = index.Outcome(b, shape);
      waiting += outcome.waiting + outcome.missing;
      index.AppendMissing(
          b, shape,
          absl::StrFormat("Sobol point %d of %d at %g FLOPs: size %.3g, "
                          "width/depth %.3g",
                          i + 1, shapes->size(), problem.budgets[b],
                          EffectiveSize(shape), AspectRatio(shape)),
          &proposals.trials);
    }
  }
  proposals.done = proposals.trials.empty();
  absl::StrAppend(
      &proposals.note, Counted(static_cast<int64_t>(total), "Sobol shape"),
      " at ", Counted(static_cast<int64_t>(problem.budgets.size()), "budget"));
  const size_t wanted =
      static_cast<size_t>(options_.trials_per_budget) * problem.budgets.size();
  if (total < wanted) {
    absl::StrAppend(&proposals.note, " (", wanted,
                    " asked; the space has no more distinct ones in range)");
  }
  if (waiting > 0) {
    absl::StrAppend(&proposals.note, ", waiting for ", waiting,
                    waiting == 1 ? " trial" : " trials");
  }
  return proposals;
}

}  // namespace isoshape
