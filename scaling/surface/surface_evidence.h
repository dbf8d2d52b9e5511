#ifndef ISOSHAPE_SCALING_SURFACE_SURFACE_EVIDENCE_H_
#define ISOSHAPE_SCALING_SURFACE_SURFACE_EVIDENCE_H_

#include <vector>

#include "scaling/surface/surface.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// What other runs tell of the parameters, whose losses do not compare: a normal
// that need not be proper, of a precision and of its product with the mean.
// Refers to one centre (Surface::ln_flops).
struct SurfaceEvidence {
  Surface::Matrix precision = Surface::Matrix::Zero();
  Surface::Vector pull = Surface::Vector::Zero();
};

// What the runs of a fit, without its priors, tell of where the best shapes are
// and of how curved the loss is about them, as if each run had `inflation`
// times its variance. The three parameters of the best loss itself (floor,
// reducible loss, decay) are integrated out: whatever the losses of those runs
// have in common, such as another vocabulary or other data, tells nothing.
//
// In terms of the posterior's precision A and mean m of all parameters, with P
// and p the prior's, s the parameters that are kept and l the others,
//
//   precision = (A_ss - P_ss - A_sl A_ll^-1 A_ls) / inflation
//   pull      = ((A m)_s - P_ss p_s - A_sl A_ll^-1 (A m)_l) / inflation
//
// The fit is to have no evidence of its own.
SurfaceEvidence EvidenceOf(const SurfaceFit& fit, double inflation);

// As SurfacePosterior, with what is known beside the priors; nullptr: nothing.
SurfaceFit SurfacePosteriorWith(const SurfaceEvidence* evidence,
                                const std::vector<SurfaceRow>& rows,
                                const SurfaceFrame& frame,
                                const SurfaceOptions& options = {});

// What two say together: of one centre, and of different runs.
SurfaceEvidence operator+(const SurfaceEvidence& a, const SurfaceEvidence& b);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_SURFACE_EVIDENCE_H_
