#include "scaling/runs/size_of_shape.h"

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>

namespace isoshape {

double SizeOfShape::Size(double depth, double width) const {
  return std::exp(c + p * std::log(depth) + q * std::log(width));
}

double SizeOfShape::Width(double size, double depth) const {
  return std::exp((std::log(size) - c - p * std::log(depth)) / q);
}

std::optional<SizeOfShape> SizeOfShape::Of(const Runs& runs) {
  if (!runs.has_shapes() || runs.rows() < 3) return std::nullopt;
  const auto rows = static_cast<Eigen::Index>(runs.rows());
  Eigen::MatrixXd x(rows, 3);
  Eigen::VectorXd y(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const auto row = static_cast<size_t>(i);
    x.row(i) << 1, std::log(runs.depth[row]), std::log(runs.width[row]);
    y[i] = std::log(runs.size[row]);
  }
  const auto solver = x.colPivHouseholderQr();
  if (solver.rank() < 3) return std::nullopt;
  const Eigen::Vector3d found = solver.solve(y);
  if (!(found[2] > 0)) return std::nullopt;
  return SizeOfShape{.c = found[0], .p = found[1], .q = found[2]};
}

}  // namespace isoshape
