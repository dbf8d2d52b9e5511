#ifndef ISOSHAPE_SCALING_SURFACE_CROWDS_H_
#define ISOSHAPE_SCALING_SURFACE_CROWDS_H_

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "scaling/surface/surface.h"

namespace isoshape {

// How many runs share an error with one at a place: a sum of kernels over all
// runs, of deviations .8 in ln C, .35 in ln N and .5 in ln ratio. Runs of one
// place are added together, and if there are very many places, so are those
// that lie close beside the reach of the kernel. Points of one run, such as
// cooldowns from one trunk, share half of their error wherever they lie.
class Crowds {
 public:
  // `runs` numbers the run of each point, or is empty: each is one of its own.
  Crowds(const std::vector<SurfacePoint>& points, const std::vector<int>& runs);

  // At a point of a run, which counts itself. The run does not matter if runs
  // are not numbered; a point where none is has what those about it share.
  double At(const SurfacePoint& point, int run) const;

  // What two runs share, 0 to 1.
  static double Share(const SurfacePoint& a, const SurfacePoint& b);

 private:
  using Scaled = std::array<double, 3>;  // by the kernel's deviations
  using Cell = std::array<int64_t, 3>;   // of places that are added together

  static Scaled Scale(const SurfacePoint& point);
  static double Kernel(const Scaled& a, const Scaled& b);
  static Cell CellOf(const Scaled& at, double step);
  void Fill(const std::vector<SurfacePoint>& points, double step);
  double SumAt(const Scaled& at) const;

  double step_ = 0;                                // of the cells
  std::vector<std::pair<Scaled, double>> places_;  // and how many runs
  std::map<Cell, double> sums_;  // at the places of cells, if these are wide
  std::vector<std::vector<Scaled>> of_run_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_CROWDS_H_
