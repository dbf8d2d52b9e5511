#ifndef ISOSHAPE_FIGURES_PARTS_CONTOURS_H_
#define ISOSHAPE_FIGURES_PARTS_CONTOURS_H_

#include <functional>
#include <utility>
#include <vector>

namespace isoshape {

// A function on the nodes of a grid, x ascending and y ascending.
struct GridValues {
  std::vector<double> x, y;
  std::vector<double> z;  // z[i * y.size() + j] at (x[i], y[j]); NaN: unknown

  double At(size_t i, size_t j) const { return z[i * y.size() + j]; }
};
GridValues Evaluate(std::vector<double> x, std::vector<double> y,
                    const std::function<double(double x, double y)>& value);

// The lines on which the function has a value, linear between nodes (marching
// squares; a saddle is cut by its mean), joined as far as they go. Cells with a
// node that is not finite have none.
using ContourLine = std::vector<std::pair<double, double>>;
std::vector<ContourLine> Contour(const GridValues& grid, double level);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_CONTOURS_H_
