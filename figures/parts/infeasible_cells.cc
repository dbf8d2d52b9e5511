#include "figures/parts/infeasible_cells.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "figures/parts/marks.h"
#include "shape/feasible.h"

namespace isoshape {
namespace {

// The widest grid on which feasibility is looked at.
constexpr int64_t kMaxWidths = 400;
constexpr int64_t kMaxDepths = 400;

}  // namespace

void AddInfeasible(const BudgetSpace& space, double budget,
                   v1::FigurePanel& panel) {
  const SearchSpace& bounds = space.space;
  const int64_t head = std::max<int64_t>(1, bounds.base.head_dim);
  const auto first_width = std::max<int64_t>(
      1, static_cast<int64_t>(std::ceil(panel.y().min() / head)));
  const auto last_width = static_cast<int64_t>(panel.y().max() / head);
  const auto last_depth = static_cast<int64_t>(panel.x().max());
  const auto first_depth =
      std::max<int64_t>(1, static_cast<int64_t>(std::ceil(panel.x().min())));
  if (last_width - first_width > kMaxWidths ||
      last_depth - first_depth > kMaxDepths) {
    return;
  }
  const int64_t tokens = space.tokens_per_step(budget);
  v1::FigureSeries* series = nullptr;
  for (int64_t depth = first_depth; depth <= last_depth; ++depth) {
    int64_t begin = 0;  // of widths that are not feasible, in heads
    for (int64_t heads = first_width; heads <= last_width + 1; ++heads) {
      const bool bad =
          heads <= last_width &&
          !FeasibilityProblem(bounds, ShapeInSpace(bounds, depth, heads * head),
                              tokens, budget)
               .empty();
      if (bad && begin == 0) begin = heads;
      if (bad || begin == 0) continue;
      if (series == nullptr) {
        series =
            AddSeries(panel, "not feasible at this budget",
                      v1::FigureSeries::CELLS, v1::FigureSeries::INFEASIBLE);
      }
      series->add_x_lower(static_cast<double>(depth) - 0.5);
      series->add_x_upper(static_cast<double>(depth) + 0.5);
      series->add_y_lower((static_cast<double>(begin) - 0.5) * head);
      series->add_y_upper((static_cast<double>(heads) - 0.5) * head);
      begin = 0;
    }
  }
}

}  // namespace isoshape
