#include "scaling/surface/surface_evidence.h"

namespace isoshape {
namespace {

// Of the best loss of each compute, which stand first among the parameters.
constexpr int kLevels = 3;
static_assert(Surface::kFloor < kLevels && Surface::kReducible < kLevels &&
              Surface::kLnDecay < kLevels);
constexpr int kShapes = Surface::kParameters - kLevels;

}  // namespace

SurfaceEvidence EvidenceOf(const SurfaceFit& fit, double inflation) {
  using Matrix = Surface::Matrix;
  using Vector = Surface::Vector;
  const Matrix posterior = fit.covariance.ldlt().solve(Matrix::Identity());
  const Vector prior = fit.prior.deviation.cwiseAbs2().cwiseInverse();
  const Vector moment = posterior * fit.surface.theta;
  const auto levels = posterior.topLeftCorner<kLevels, kLevels>().ldlt();
  const auto across = posterior.bottomLeftCorner<kShapes, kLevels>();
  Eigen::Matrix<double, kShapes, kShapes> precision =
      posterior.bottomRightCorner<kShapes, kShapes>() -
      across * levels.solve(across.transpose());
  precision.diagonal() -= prior.tail<kShapes>();
  SurfaceEvidence evidence;
  evidence.precision.bottomRightCorner<kShapes, kShapes>() =
      (precision + precision.transpose()) / (2 * inflation);
  evidence.pull.tail<kShapes>() =
      (moment.tail<kShapes>() -
       prior.cwiseProduct(fit.prior.mean).tail<kShapes>() -
       across * levels.solve(moment.head<kLevels>())) /
      inflation;
  return evidence;
}

SurfaceEvidence operator+(const SurfaceEvidence& a, const SurfaceEvidence& b) {
  return {.precision = a.precision + b.precision, .pull = a.pull + b.pull};
}

}  // namespace isoshape
