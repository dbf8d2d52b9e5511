#ifndef ISOSHAPE_SCALING_SURFACE_SURFACE_PRIOR_H_
#define ISOSHAPE_SCALING_SURFACE_SURFACE_PRIOR_H_

#include <vector>

#include "scaling/surface/surface.h"

namespace isoshape {

// Independent normal priors of the parameters: weak, and each with its source
// in docs/surface.md.
struct SurfacePrior {
  Surface::Vector mean = Surface::Vector::Zero();
  Surface::Vector deviation = Surface::Vector::Zero();
};

// The priors of docs/surface.md, for runs of that compute and loss; `centre` is
// Surface::ln_flops.
SurfacePrior WeakPrior(const std::vector<double>& ln_flops,
                       const std::vector<double>& ln_loss, double centre);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_SURFACE_PRIOR_H_
