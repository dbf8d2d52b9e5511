#ifndef ISOSHAPE_SCALING_SURFACE_CURVATURE_TEST_H_
#define ISOSHAPE_SCALING_SURFACE_CURVATURE_TEST_H_

#include <string>

#include "scaling/laws/parametric_law.h"
#include "scaling/runs/runs.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// The curvature of ln loss over ln size that every sweep has by the surface's
// prior: two deviations below its mean.
double LeastCurvature(const SurfacePrior& prior);

// One-sided p-value of the hypothesis that ln loss curves upwards over ln size
// at equal compute by `least` or less. Of curves flatter than LeastCurvature
// the surface knows nothing: its prior draws the curvature up, and with it goes
// how well the best size seems to be known. Weighted least squares of ln loss
// of the runs used on 1, c, c^2, v, v c and v^2 (v is ln size off the best),
// with the robust weights of the fit; Student's t of the last, by clusters if
// the runs name theirs. 1 if there are too few runs.
double CurvaturePValue(const SurfaceFit& fit, const Runs& runs,
                       const ComputeRule& rule, double least);

// Why the runs do not show a least loss over size at equal compute, and so no
// best size by any law, or empty. `level` is that of intervals.
std::string FlatCurves(const SurfaceFit& fit, const Runs& runs,
                       const ComputeRule& rule, double level);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_CURVATURE_TEST_H_
