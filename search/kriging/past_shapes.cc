#include "search/kriging/past_shapes.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>

#include "scaling/runs/budget_levels.h"
#include "search/candidates.h"
#include "search/problem.h"

namespace isoshape {
namespace {

// Cells of a merge: sizes and aspect ratios at first within these, then half
// as much again and so on.
constexpr double kSizeCell = 0.2;
constexpr double kRatioCell = 0.4;
constexpr double kGrowth = 1.5;

using Cell = std::tuple<double, int64_t, int64_t>;

std::vector<GpRow> Merged(const std::vector<GpRow>& rows, double scale) {
  std::map<Cell, GpRow> cells;
  for (const GpRow& row : rows) {
    const Cell cell = {row.place.compute,
                       std::llround(row.place.size / (scale * kSizeCell)),
                       std::llround(row.place.ratio / (scale * kRatioCell))};
    const auto [found, added] = cells.try_emplace(cell, row);
    if (added) continue;
    GpRow& sum = found->second;
    const double share = row.count / (sum.count + row.count);
    sum.place.size += share * (row.place.size - sum.place.size);
    sum.place.ratio += share * (row.place.ratio - sum.place.ratio);
    sum.ln_loss += share * (row.ln_loss - sum.ln_loss);
    sum.count += row.count;
  }
  std::vector<GpRow> merged;
  for (const auto& [cell, row] : cells) merged.push_back(row);
  return merged;
}

}  // namespace

GpPlace GpFrame::PlaceOf(size_t budget, const SurfacePoint& point) const {
  return {.size = point.ln_size - ln_centers[budget],
          .ratio = *point.ln_ratio,
          .compute = ln_budgets[budget] - ln_budgets.front()};
}

bool PastShape::has_loss() const {
  return outcome.ended() && outcome.loss.has_value() &&
         std::isfinite(*outcome.loss) && *outcome.loss > 0;
}

std::vector<PastShape> PastShapes(const SearchProblem& problem,
                                  const std::vector<PastTrial>& history,
                                  const TrialIndex& index) {
  using Key = std::tuple<size_t, int64_t, int64_t, int64_t, int64_t, int64_t>;
  std::map<Key, const Shape*> known;
  for (const PastTrial& trial : history) {
    const Shape& shape = trial.shape;
    if (!HasOptionsOf(problem.space, shape)) continue;
    for (size_t b = 0; b < problem.budgets.size(); ++b) {
      if (!SameBudget(trial.budget_flops, problem.budgets[b]) ||
          trial.seed < 0 || trial.seed >= problem.seeds) {
        continue;
      }
      known.emplace(Key(b, shape.depth, shape.width, shape.ffn_width,
                        shape.heads, shape.kv_heads),
                    &shape);
    }
  }
  std::vector<PastShape> shapes;
  for (const auto& [key, shape] : known) {
    const size_t budget = std::get<0>(key);
    shapes.push_back({.shape = *shape,
                      .budget = budget,
                      .point = PlaceOf(*shape, problem.budgets[budget]),
                      .outcome = index.Outcome(budget, *shape)});
  }
  return shapes;
}

std::vector<GpRow> RowsOf(const std::vector<PastShape>& shapes,
                          const GpFrame& frame) {
  std::vector<GpRow> rows;
  for (const PastShape& one : shapes) {
    if (!one.has_loss()) continue;
    rows.push_back({.place = frame.PlaceOf(one.budget, one.point),
                    .ln_loss = std::log(*one.outcome.loss),
                    .count = static_cast<double>(one.outcome.losses)});
  }
  std::vector<GpRow> merged = rows;
  for (double scale = 1; merged.size() > kMaxGpRows; scale *= kGrowth) {
    // So wide that each budget has one cell: no more can be merged.
    constexpr double kWidest = 1e3;
    if (scale > kWidest) break;
    merged = Merged(rows, scale);
  }
  return merged;
}

}  // namespace isoshape
