#ifndef ISOSHAPE_SCALING_PREDICT_LOSS_SURFACE_H_
#define ISOSHAPE_SCALING_PREDICT_LOSS_SURFACE_H_

#include <optional>

#include "scaling/runs/runs.h"

namespace isoshape {

// L(N, D) = e + a N^-alpha + b D^-beta (Hoffmann et al. 2022, equation 2).
struct LossSurface {
  double e = 0, a = 0, b = 0, alpha = 0, beta = 0;
  double root_mean_square = 0;  // of the residuals of ln loss, about

  double At(double size, double tokens) const;
  // Least loss over sizes at C = 6 N D; absent where a or b is zero.
  std::optional<double> LeastLoss(double flops) const;
};

// Least squares of the relative residual over a grid of exponents, with e, a, b
// >= 0 solved exactly at each (the law is linear in them). A predictor, one
// candidate among others: its exponents are those of the grid, not estimates.
// Why it stays beside the parametric law:
// docs/adr/0014-a-grid-of-exponents-beside-the-law.md. Absent if there are
// fewer than six runs.
std::optional<LossSurface> FitLossSurface(const Runs& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_LOSS_SURFACE_H_
