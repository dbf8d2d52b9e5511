#ifndef ISOSHAPE_SCALING_SURFACE_CURVATURE_TEST_H_
#define ISOSHAPE_SCALING_SURFACE_CURVATURE_TEST_H_

#include "scaling/laws/parametric_law.h"
#include "scaling/runs/runs.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// One-sided p-value of the hypothesis that ln loss does not curve upwards over
// ln size at equal compute: without that there is no best size, and the
// surface, whose curvature is above 0 whatever the runs say, names the one of
// its priors. Weighted least squares of ln loss of the runs used on 1, c, c^2,
// v, v c and v^2 (v is ln size off the best), with the robust weights of the
// fit; Student's t of the last. 1 if there are too few runs.
double CurvaturePValue(const SurfaceFit& fit, const Runs& runs,
                       const ComputeRule& rule);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_CURVATURE_TEST_H_
