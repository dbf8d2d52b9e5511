#include "search/grid/shared_ladders.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

#include "search/grid/budget_stage.h"
#include "search/problem.h"
#include "shape/accounting.h"
#include "shape/feasible.h"

namespace isoshape {
namespace {

constexpr size_t kMinRungs = 3;
constexpr size_t kMaxSpareRungs = 1;
// Twice what one budget may have. A ladder takes time by the square of its
// rungs, and sizes that lie close together would make it endless.
constexpr int kMaxRungs = 2000;

// One ladder over the ranges of all budgets, with the spacing of one; an error
// if that is too narrow for it.
absl::StatusOr<Ladder> AllRungs(const GridOptions& options,
                                const SearchProblem& problem,
                                double first_center) {
  LadderSpec spec = SpecOfBudget(options, problem, problem.budgets.size() - 1);
  const double spacing = std::log(spec.ratio());
  const double growth =
      std::log(problem.budgets.back() / problem.budgets.front()) / 2;
  const double rungs = spec.sizes + std::round(growth / spacing);
  if (!(rungs <= kMaxRungs)) {
    return absl::OutOfRangeError(
        "the sizes of a budget are too close together");
  }
  spec.sizes = static_cast<int>(rungs);
  spec.size_range *= std::exp(growth / 2);
  return BaseLadder(spec, first_center * std::exp(growth / 2));
}

// Index of the first of the `count` neighbours whose sizes lie about `center`.
size_t BeginOfWindow(const Ladder& rungs, size_t count, double center) {
  size_t best = 0;
  double min_off = std::numeric_limits<double>::infinity();
  for (size_t begin = 0; begin + count <= rungs.size(); ++begin) {
    const double middle = (std::log(EffectiveSize(rungs[begin])) +
                           std::log(EffectiveSize(rungs[begin + count - 1]))) /
                          2;
    const double off = std::abs(middle - std::log(center));
    if (off < min_off) {
      min_off = off;
      best = begin;
    }
  }
  return best;
}

}  // namespace

std::vector<absl::StatusOr<Ladder>> SharedLadders(
    const GridOptions& options, const SearchProblem& problem) {
  const double first_center =
      FirstCenter(options.center_size, problem.budgets.front());
  const absl::StatusOr<Ladder> all = AllRungs(options, problem, first_center);
  std::vector<absl::StatusOr<Ladder>> ladders(problem.budgets.size(), Ladder());
  Ladder trained;  // by larger budgets
  for (size_t b = problem.budgets.size(); b-- > 0;) {
    const double budget = problem.budgets[b];
    const double center =
        first_center * std::sqrt(budget / problem.budgets.front());
    Ladder rungs;
    if (all.ok()) {
      std::copy_if(all->begin(), all->end(), std::back_inserter(rungs),
                   [&](const Shape& shape) {
                     return FeasibilityProblem(problem.space, shape,
                                               problem.tokens_per_step[b],
                                               budget)
                         .empty();
                   });
    }
    if (rungs.size() < kMinRungs) {
      ladders[b] = BaseLadder(SpecOfBudget(options, problem, b), center);
      continue;
    }
    const size_t count =
        std::min(rungs.size(), static_cast<size_t>(options.sizes));
    const size_t begin = BeginOfWindow(rungs, count, center);
    size_t end = begin + count;
    const size_t max_end = std::min(rungs.size(), end + kMaxSpareRungs);
    while (end < max_end && std::find(trained.begin(), trained.end(),
                                      rungs[end]) != trained.end()) {
      ++end;
    }
    const Ladder ladder(rungs.begin() + static_cast<std::ptrdiff_t>(begin),
                        rungs.begin() + static_cast<std::ptrdiff_t>(end));
    trained.insert(trained.end(), ladder.begin(), ladder.end());
    ladders[b] = ladder;
  }
  return ladders;
}

}  // namespace isoshape
