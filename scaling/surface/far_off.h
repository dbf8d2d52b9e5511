#ifndef ISOSHAPE_SCALING_SURFACE_FAR_OFF_H_
#define ISOSHAPE_SCALING_SURFACE_FAR_OFF_H_

#include <string>

#include "scaling/laws/parametric_law.h"
#include "scaling/runs/runs.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {

// The runs that lie more than kOutlier deviations off a surface near its best
// sizes, such as `line 7, line 12 and 2 more`; empty if none does. The surface
// gives way to them little; parabolas of least squares follow them.
std::string FarOff(const SurfaceFit& surface, const Runs& runs);
// What such runs do to a trend of isoFLOP optima, and the remedy.
inline constexpr char kFarOffDraw[] =
    "runs far off the others draw its parabolas; repeat them, or leave them "
    "out";

// If one run scatters about the surface by more than training does, and about
// the runs of its compute as well, so that it is not the loss of a compute that
// the surface misses: some runs are then so far off that the surface follows
// them and they cannot be told from the others, nor can what they do to it. One
// sentence with the remedy, or empty. What is judged is one row: repeats of a
// run, each as noisy as it is, lower it only as their mean.
std::string WideScatter(const SurfaceFit& surface, const Runs& runs);

// Why a trend of the isoFLOP optima of the runs is not to be followed beyond
// them for one of these reasons, or empty. `rule` is how predictions spend
// compute, by which they are judged.
std::string TrendProblem(const Runs& runs, const ComputeRule& rule);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_FAR_OFF_H_
