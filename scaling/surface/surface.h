#ifndef ISOSHAPE_SCALING_SURFACE_SURFACE_H_
#define ISOSHAPE_SCALING_SURFACE_SURFACE_H_

#include <Eigen/Dense>
#include <optional>

namespace isoshape {

// Where a run lies: its compute, its size and, if that is known, its shape.
struct SurfacePoint {
  double ln_flops = 0;
  double ln_size = 0;
  std::optional<double> ln_ratio = {};  // ln(width / depth)
};

// The joint isoFLOP surface: the loss curves of all budgets at once, without
// the ties that L = E + A N^-alpha + B D^-beta makes between the fall of the
// best loss, the growth of the best size and the lopsidedness of a curve. With
// c and x the logarithms of compute and size about the centre, z = ln ratio,
//
//   ln L = ln(exp(e) + exp(k - g c)) + exp(h0 + h1 c) psi_a(v)
//          + 1/2 exp(b0 + h1 c - rho v) u^2
//   v = x - n0 - n1 c - n2 c^2 / 2     off the best size of the compute
//   u = z - c0 - c1 x                  off the best aspect ratio of the size
//   psi_a(v) = (exp(a v) - 1 - a v) / a^2
//
// so that the best of all runs at a compute is x* = n0 + n1 c + n2 c^2 / 2,
// z* = c0 + c1 x*, L* = exp(e) + exp(k - g c). The last term is left out of
// points without a ratio. docs/surface.md.
struct Surface {
  enum Parameter : int {
    kFloor,             // e: ln of the loss that no compute removes
    kReducible,         // k: ln of the rest of the best loss at the centre
    kLnDecay,           // ln g: the rest falls as C^-g
    kSize,              // n0: the best size at the centre
    kSizeExponent,      // n1: N* ~ C^n1
    kSizeBend,          // n2: its change with ln C
    kLnCurvature,       // h0: of ln L over ln N at the best size
    kCurvatureTrend,    // h1: its change with ln C
    kSkew,              // a: above 0, too large costs more than too small
    kLnRatioCurvature,  // b0: of ln L over ln ratio
    kRatio,             // c0: ln of the best ratio at the centre size
    kRatioDrift,        // c1: its growth with ln N
    kRatioTrend,        // rho: how its curvature falls with size
    kParameters,
  };
  using Vector = Eigen::Matrix<double, kParameters, 1>;
  using Matrix = Eigen::Matrix<double, kParameters, kParameters>;

  Vector theta = Vector::Zero();
  double ln_flops = 0, ln_size = 0;  // the centre

  // ln of the loss, nats per token; not finite where exponentials overflow.
  double LogLoss(const SurfacePoint& point) const;
  // The same with its derivatives by the parameters.
  double LogLoss(const SurfacePoint& point, Vector& gradient) const;

  double LnBestSize(double ln_flops) const;
  double LnBestRatio(double ln_size) const;
  double LnLeastLoss(double ln_flops) const;
  Vector GradientOfLnBestSize(double ln_flops) const;
  Vector GradientOfLnBestRatio(double ln_flops) const;  // at the best size
  Vector GradientOfLnLeastLoss(double ln_flops) const;

  double floor() const;  // E, nats per token
  double decay() const;  // g
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_SURFACE_SURFACE_H_
