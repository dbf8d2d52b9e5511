#include "search/candidates.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "scaling/laws/weak_prior.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

constexpr int kSizes = 40;
constexpr int kRatios = 11;
constexpr double kSizeReach = 30;
constexpr double kMinRatio = 2;
constexpr double kMaxRatio = 400;
// Depths and widths are looked at in steps of this, once it is more than one:
// finer than the cells, so that none is missed, and few even in a wide space.
constexpr double kStep = 1.03;

int64_t Next(int64_t at, int64_t unit) {
  const auto units = static_cast<double>(at) / static_cast<double>(unit);
  return unit * std::max(at / unit + 1,
                         static_cast<int64_t>(std::floor(units * kStep)));
}

// A cell of the lattice of sizes and aspect ratios, and how far off its middle.
struct Lattice {
  double ln_size, size_step, ln_ratio, ratio_step;

  std::pair<int, int> CellOf(const SurfacePoint& point) const {
    return {
        static_cast<int>(std::lround((point.ln_size - ln_size) / size_step)),
        static_cast<int>(
            std::lround((*point.ln_ratio - ln_ratio) / ratio_step))};
  }
  double OffMiddle(const SurfacePoint& point) const {
    const auto [size, ratio] = CellOf(point);
    const double v = point.ln_size - ln_size - size * size_step;
    const double u = *point.ln_ratio - ln_ratio - ratio * ratio_step;
    return 4 * v * v + u * u;
  }
};

Lattice LatticeOf(const SearchProblem& problem) {
  const double low = std::log(PriorSize(problem.budgets.front()) / kSizeReach);
  const double high = std::log(PriorSize(problem.budgets.back()) * kSizeReach);
  return {.ln_size = low,
          .size_step = (high - low) / (kSizes - 1),
          .ln_ratio = std::log(kMinRatio),
          .ratio_step = std::log(kMaxRatio / kMinRatio) / (kRatios - 1)};
}

// The shape nearest to the middle of each cell.
std::map<std::pair<int, int>, Shape> ShapesByCell(const SearchProblem& problem,
                                                  const Lattice& lattice) {
  const SearchSpace& space = problem.space;
  std::map<std::pair<int, int>, std::pair<double, Shape>> cells;
  for (int64_t depth = space.min_depth; depth <= space.max_depth;
       depth = Next(depth, 1)) {
    for (int64_t width = MinWidth(space); width <= MaxWidth(space);
         width = Next(width, space.base.head_dim)) {
      const Shape shape = ShapeInSpace(space, depth, width);
      const SurfacePoint point = PlaceOf(shape, problem.budgets.front());
      const std::pair<int, int> cell = lattice.CellOf(point);
      if (cell.first >= kSizes) break;  // wider ones are larger still
      if (cell.first < 0 || cell.second < 0 || cell.second >= kRatios) continue;
      const double off = lattice.OffMiddle(point);
      const auto [found, added] = cells.try_emplace(cell, off, shape);
      if (!added && off < found->second.first) found->second = {off, shape};
    }
  }
  std::map<std::pair<int, int>, Shape> shapes;
  for (const auto& [cell, nearest] : cells) shapes[cell] = nearest.second;
  return shapes;
}

}  // namespace

SurfacePoint PlaceOf(const Shape& shape, double budget_flops) {
  return {.ln_flops = std::log(budget_flops),
          .ln_size = std::log(EffectiveSize(shape)),
          .ln_ratio = std::log(AspectRatio(shape))};
}

std::vector<ShapeCandidate> CandidatesOf(const SearchProblem& problem) {
  const auto shapes = ShapesByCell(problem, LatticeOf(problem));
  std::vector<ShapeCandidate> candidates;
  for (size_t b = 0; b < problem.budgets.size(); ++b) {
    const int64_t step = problem.tokens_per_step[b];
    for (const auto& [cell, shape] : shapes) {
      const int64_t tokens =
          StepsAtBudget(shape, problem.budgets[b], step) * step;
      if (tokens < TokenFloor(problem.space, step) ||
          !WithinLimits(problem.space, shape, step)) {
        continue;
      }
      candidates.push_back({shape, b, PlaceOf(shape, problem.budgets[b])});
    }
  }
  return candidates;
}

bool RatiosDiffer(const std::vector<ShapeCandidate>& candidates) {
  constexpr double kSameSize = 0.12;
  const double factor = std::log(2.0);
  for (const ShapeCandidate& a : candidates) {
    for (const ShapeCandidate& b : candidates) {
      if (a.budget == b.budget &&
          std::abs(a.point.ln_size - b.point.ln_size) < kSameSize &&
          std::abs(*a.point.ln_ratio - *b.point.ln_ratio) >= factor) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace isoshape
