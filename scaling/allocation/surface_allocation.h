#ifndef ISOSHAPE_SCALING_ALLOCATION_SURFACE_ALLOCATION_H_
#define ISOSHAPE_SCALING_ALLOCATION_SURFACE_ALLOCATION_H_

#include <string>
#include <vector>

#include "scaling/allocation/allocation.h"
#include "scaling/reports/surface_figures.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// Returns what an allocation on fresh text leads to by a surface; NaN where
// nothing can be found. At the best aspect ratio of the size, unless the
// allocation is a place with a ratio and `with_shapes`.
Allocated Allocate(const Surface& surface, const Allocation& allocation,
                   bool with_shapes);

// size, tokens, loss and what else the allocation asks for, with intervals from
// draws of the posterior; derivatives by the parameters are by differences.
std::vector<LawFigure> AllocatedFigures(const SurfaceFit& fit,
                                        const SurfaceFigures& figures,
                                        const Allocation& allocation,
                                        bool with_shapes, double level);

// The size that an allocation leads to, and the best aspect ratio of that size.
struct AllocatedShape {
  SurfaceFigure size, aspect_ratio;
};
AllocatedShape AllocatedShapeOf(const SurfaceFit& fit,
                                const Allocation& allocation);

// Why the surface says nothing of what the allocation leads to, or empty: it is
// further from the best size of its compute, or the best aspect ratio of its
// size, than the window in which runs are used.
std::string OutsideWindow(const Surface& surface, const Allocation& allocation,
                          bool with_shapes);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ALLOCATION_SURFACE_ALLOCATION_H_
