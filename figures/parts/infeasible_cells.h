#ifndef ISOSHAPE_FIGURES_PARTS_INFEASIBLE_CELLS_H_
#define ISOSHAPE_FIGURES_PARTS_INFEASIBLE_CELLS_H_

#include "figures/parts/figure_data.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// Adds cells for the depths (x) and widths (y) that a budget or a campaign's
// limits do not allow, within the axes of the panel; none where these span too
// many shapes to look at.
void AddInfeasible(const BudgetSpace& space, double budget,
                   v1::FigurePanel& panel);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_INFEASIBLE_CELLS_H_
