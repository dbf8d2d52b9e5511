#ifndef ISOSHAPE_SCALING_PREDICT_LOSS_CANDIDATES_H_
#define ISOSHAPE_SCALING_PREDICT_LOSS_CANDIDATES_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "scaling/predict/loss_surface.h"

namespace isoshape {

// The optima that a prediction rests on, ascending in compute; two or more.
struct Optima {
  std::vector<double> ln_c, ln_loss;
  size_t count() const { return ln_c.size(); }
  // Slope of ln loss over ln C from optimum i to i + 1.
  double slope(size_t i) const;
  // The first of the two neighbours from which to go on to ln C = x.
  size_t segment(double x) const;
};

// Predictions of the optimal ln loss at ln C = x by a straight line through all
// optima, by the slope of the two nearest, and by a loss surface. One that
// cannot be made has weight 0.
struct Candidates {
  static constexpr size_t kCount = 3;
  double values[kCount] = {0, 0, 0};
  double weights[kCount] = {1, 1, 1};

  double Mean() const;
  double Variance() const;
};

// The surface's change of ln L* to x from the optima next to it: of the places
// of the optima, not of their losses, so that resamples of these share it.
// Between two optima both count, by how near they are, so that the loss has no
// step; beyond all of them the last alone, and the one before if the surface
// has no least loss at the next.
struct SurfaceStep {
  size_t from = 0;        // the optimum before, or the only one
  double change = 0;      // from it
  double share_next = 0;  // of the optimum from + 1, in [0, 1]
  double change_next = 0;
};
// Absent if there is no surface, or it has no least loss there.
std::optional<SurfaceStep> StepAlong(const Optima& optima,
                                     const std::optional<LossSurface>& surface,
                                     double x);

Candidates MakeCandidates(const Optima& optima,
                          const std::optional<SurfaceStep>& step, double x);

// Degrees of freedom that the prior of ExpectedCurvature counts for.
inline constexpr int kPriorDegrees = 2;

// Curvature of ln loss over ln C that is to be expected: the root mean square
// of the prior and of what was seen less what noise makes of a straight line.
// `noise_variance[i]` is that of ln_loss[i].
double ExpectedCurvature(const Optima& optima,
                         const std::vector<double>& noise_variance);

// How far a curve of curvature 1 leaves the chord through the two neighbours of
// x: half the product of the distances to them (the remainder of linear
// interpolation).
double ChordDeparture(const Optima& optima, double x);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_LOSS_CANDIDATES_H_
