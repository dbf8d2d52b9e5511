#ifndef ISOSHAPE_SCALING_ISOFLOP_RUN_NOISE_H_
#define ISOSHAPE_SCALING_ISOFLOP_RUN_NOISE_H_

#include "scaling/isoflop/size_curve.h"
#include "scaling/statistics/parabola.h"

namespace isoshape {

// The standard deviation of one run's loss, nats per token, pooled over what
// shows it: spread between seeds of a shape, and residuals about parabolas of
// loss with weights of runs. Lack of fit of a parabola counts as noise.
class RunNoise {
 public:
  void AddSeeds(const SizeCurve& curve);
  // A parabola through three points, which leaves none, adds nothing.
  void AddResiduals(const Parabola& parabola);

  // Whether there is ground for a deviation: half a degree of freedom.
  bool known() const { return expected_ >= 0.5; }
  double deviation() const;
  int degrees_of_freedom() const;  // at least 1 if known

 private:
  double sum_ = 0;
  double expected_ = 0;  // of sum_, if the deviation were 1
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_RUN_NOISE_H_
