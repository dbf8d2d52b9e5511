#ifndef ISOSHAPE_SCALING_LAWS_WEAK_PRIOR_H_
#define ISOSHAPE_SCALING_LAWS_WEAK_PRIOR_H_

#include <Eigen/Dense>
#include <string>
#include <vector>

namespace isoshape {

// The best shape before anything is measured: about so many tokens for each
// parameter (Hoffmann et al. 2022), and this width / depth (docs/surface.md).
inline constexpr double kPriorTokensPerSize = 20;
inline constexpr double kPriorAspectRatio = 24;
// The size that gets those tokens at so many FLOPs, 6 N D.
double PriorSize(double flops);
// Its ln, from ln FLOPs.
double LnPriorSize(double ln_flops);

// A normal prior of one figure.
struct NormalPrior {
  double mean = 0, deviation = 0;
};

// What is known before any run of figures that every law has, weakly: the one
// home of these numbers, whose sources docs/surface.md has. `centre` is the
// middle of the runs' compute in logarithms.
struct WeakPriors {
  NormalPrior floor;            // ln of the loss that no compute removes
  NormalPrior reducible;        // ln of the rest of the best loss at the centre
  NormalPrior ln_decay;         // ln g: that rest falls as C^-g
  NormalPrior size;             // ln of best size / `ln_size` at the centre
  NormalPrior size_exponent;    // N* ~ C^n
  NormalPrior ratio_curvature;  // ln of that of ln L over ln(width / depth)
  NormalPrior ratio;            // ln of the best width / depth at `ln_size`
  NormalPrior ratio_drift;      // its growth with ln N
  double ln_flops = 0;          // the centre
  double ln_size = 0;           // LnPriorSize there
  double ln_loss = 0;           // the best loss near it
};
// `centre` is ln FLOPs. Without a run the loss there is taken to be 3.
WeakPriors WeakPriorsAt(double centre, const std::vector<double>& ln_flops,
                        const std::vector<double>& ln_loss);
// At the middle of the runs' compute, 6 N D.
WeakPriors WeakPriorsOf(const std::vector<double>& ln_size,
                        const std::vector<double>& ln_tokens,
                        const std::vector<double>& ln_loss);

// The weak priors as they bear on a law E + A N^-alpha + B D^-beta of five
// parameters (ln A, ln B, ln E, alpha, beta), or, with G and the best ratio c0
// + c1 ln N, of eight (G / A, c0, c1 after these; ratio_law.h). Its figures are
// those of WeakPriors by C = 6 N D: five for five parameters, eight for eight.
class LawPrior {
 public:
  // `fixed_e`: E is not a parameter, and has no prior.
  LawPrior(const WeakPriors& weak, bool fixed_e, bool with_shape);

  int figures() const { return static_cast<int>(mean_.size()); }
  // (figures - mean) / deviation at `law`, the mean moved by `shift` deviations
  // if that is not empty; and, if not null, the derivatives by the law's
  // parameters. False outside the law, where an exponent or G is not above 0.
  bool Standardized(const Eigen::VectorXd& law, const Eigen::VectorXd& shift,
                    Eigen::VectorXd& residuals,
                    Eigen::MatrixXd* jacobian) const;

 private:
  WeakPriors weak_;
  bool fixed_e_, with_shape_;
  Eigen::VectorXd mean_, deviation_;
};

// What one unit of the sum of Huber's losses is worth in units of minus the
// log likelihood of normal residuals of deviation `noise`: E psi' / E psi^2,
// with which the curvature of the sum is the precision of the estimate (Huber
// 1964). 1 / noise^2 for a large delta.
double LikelihoodScale(double delta, double noise);
// E psi', the mean second derivative of Huber's loss.
double MeanCurvature(double delta, double noise);

// The deviation of ln loss of a run before any is measured.
inline constexpr double kPriorNoise = 0.003;
// Residuals count at most so many deviations.
inline constexpr double kNoiseCap = 3;
// The deviation with a prior of `prior` worth four runs, from the sum of
// squares of residuals capped at kNoiseCap deviations; `degrees` are runs less
// parameters.
double NoiseOf(double prior, double squares, double degrees);

// The deviation of ln loss of a run, from residuals of a law with so many
// parameters, by NoiseOf with kPriorNoise, as for the surface.
double NoiseWithPrior(const std::vector<double>& residuals, int parameters);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_WEAK_PRIOR_H_
