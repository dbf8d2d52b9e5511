#include "scaling/laws/weak_prior.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include "scaling/statistics/robust_deviation.h"

namespace isoshape {
namespace {

// Nats per token near the centre if there is no run yet.
constexpr double kLossOfNoRun = 3;
// Places in the vector of a law's parameters.
enum Place : int { kLnA, kLnB, kLnE, kAlpha, kBeta, kG, kC0, kC1 };
constexpr int kPlain = 5;
constexpr int kWithShape = 8;

double NormalDensity(double x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}
double NormalTail(double x) { return std::erfc(x / std::numbers::sqrt2) / 2; }

}  // namespace

double PriorSize(double flops) {
  return std::sqrt(flops / 6 / kPriorTokensPerSize);
}

double LnPriorSize(double ln_flops) {
  return (ln_flops - std::log(6 * kPriorTokensPerSize)) / 2;
}

WeakPriors WeakPriorsAt(double centre, const std::vector<double>& ln_flops,
                        const std::vector<double>& ln_loss) {
  // The loss near the centre: of the runs of least distance in compute, the
  // least.
  double nearest = std::numeric_limits<double>::infinity();
  for (const double one : ln_flops) {
    nearest = std::min(nearest, std::abs(one - centre));
  }
  constexpr double kNear = 0.3;
  double least = ln_loss.empty() ? std::log(kLossOfNoRun)
                                 : std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < ln_loss.size(); ++i) {
    if (std::abs(ln_flops[i] - centre) <= nearest + kNear) {
      least = std::min(least, ln_loss[i]);
    }
  }
  return {.floor = {std::log(0.6) + least, 0.5},
          .reducible = {std::log(0.4) + least, 0.8},
          .ln_decay = {std::log(0.16), 0.5},
          .size = {0, 1.2},
          .size_exponent = {0.5, 0.15},
          .ratio_curvature = {std::log(0.010), 1},
          .ratio = {std::log(kPriorAspectRatio), 1},
          .ratio_drift = {0, 0.15},
          .ln_flops = centre,
          .ln_size = LnPriorSize(centre),
          .ln_loss = least};
}

WeakPriors WeakPriorsOf(const std::vector<double>& ln_size,
                        const std::vector<double>& ln_tokens,
                        const std::vector<double>& ln_loss) {
  std::vector<double> ln_flops;
  ln_flops.reserve(ln_size.size());
  for (size_t i = 0; i < ln_size.size(); ++i) {
    ln_flops.push_back(std::log(6) + ln_size[i] + ln_tokens[i]);
  }
  const auto [low, high] =
      std::minmax_element(ln_flops.begin(), ln_flops.end());
  return WeakPriorsAt((*low + *high) / 2, ln_flops, ln_loss);
}

LawPrior::LawPrior(const WeakPriors& weak, bool fixed_e, bool with_shape)
    : weak_(weak), fixed_e_(fixed_e), with_shape_(with_shape) {
  std::vector<NormalPrior> priors = {weak.reducible, weak.ln_decay, weak.size,
                                     weak.size_exponent};
  if (!fixed_e) priors.push_back(weak.floor);
  if (with_shape) {
    priors.insert(priors.end(),
                  {weak.ratio_curvature, weak.ratio, weak.ratio_drift});
  }
  const auto count = static_cast<Eigen::Index>(priors.size());
  mean_.resize(count);
  deviation_.resize(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    mean_[i] = priors[static_cast<size_t>(i)].mean;
    deviation_[i] = priors[static_cast<size_t>(i)].deviation;
  }
}

bool LawPrior::Standardized(const Eigen::VectorXd& law,
                            const Eigen::VectorXd& shift,
                            Eigen::VectorXd& residuals,
                            Eigen::MatrixXd* jacobian) const {
  const double alpha = law[kAlpha];
  const double beta = law[kBeta];
  if (!(alpha > 0 && beta > 0) || (with_shape_ && !(law[kG] > 0))) return false;
  const double sum = alpha + beta;
  const double ln_product = weak_.ln_flops - std::log(6);  // ln(N D)
  const double ln_size =
      (std::log(alpha / beta) + law[kLnA] - law[kLnB] + beta * ln_product) /
      sum;
  const double ln_tokens = ln_product - ln_size;
  const double by_size = std::exp(law[kLnA] - alpha * ln_size);
  const double by_tokens = std::exp(law[kLnB] - beta * ln_tokens);
  const double rest = by_size + by_tokens;
  residuals.resize(figures());
  residuals.head(4) << std::log(rest), std::log(alpha * beta / sum),
      ln_size - weak_.ln_size, beta / sum;
  if (jacobian != nullptr) {
    jacobian->setZero(figures(), with_shape_ ? kWithShape : kPlain);
    // At the best size the derivatives of the loss by it vanish.
    jacobian->row(0).head(kPlain) << by_size / rest, by_tokens / rest, 0,
        -by_size / rest * ln_size, -by_tokens / rest * ln_tokens;
    (*jacobian)(1, kAlpha) = beta / (alpha * sum);
    (*jacobian)(1, kBeta) = alpha / (beta * sum);
    jacobian->row(2).head(kPlain) << 1 / sum, -1 / sum, 0,
        (1 / alpha - ln_size) / sum, (ln_product - 1 / beta - ln_size) / sum;
    (*jacobian)(3, kAlpha) = -beta / (sum * sum);
    (*jacobian)(3, kBeta) = alpha / (sum * sum);
  }
  int next = 4;
  if (!fixed_e_) {
    residuals[next] = law[kLnE];
    if (jacobian != nullptr) (*jacobian)(next, kLnE) = 1;
    ++next;
  }
  if (with_shape_) {
    // d^2 ln L / d ln r^2 = 2 G N^-alpha / L at the centre size.
    residuals.tail(3) << std::log(2 * law[kG]) + law[kLnA] -
                             alpha * weak_.ln_size - weak_.ln_loss,
        law[kC0] + law[kC1] * weak_.ln_size, law[kC1];
    if (jacobian != nullptr) {
      (*jacobian)(next, kG) = 1 / law[kG];
      (*jacobian)(next, kLnA) = 1;
      (*jacobian)(next, kAlpha) = -weak_.ln_size;
      (*jacobian)(next + 1, kC0) = 1;
      (*jacobian)(next + 1, kC1) = weak_.ln_size;
      (*jacobian)(next + 2, kC1) = 1;
    }
  }
  residuals = (residuals - mean_).cwiseQuotient(deviation_);
  if (shift.size() > 0) residuals -= shift;
  if (jacobian != nullptr) {
    *jacobian = deviation_.cwiseInverse().asDiagonal() * *jacobian;
  }
  return residuals.allFinite();
}

double MeanCurvature(double delta, double noise) {
  return std::erf(delta / noise / std::numbers::sqrt2);
}

double LikelihoodScale(double delta, double noise) {
  const double k = delta / noise;
  const double inside = MeanCurvature(delta, noise);
  const double squares =
      noise * noise *
      (inside - 2 * k * NormalDensity(k) + 2 * k * k * NormalTail(k));
  return inside / squares;
}

double NoiseOf(double prior, double squares, double degrees) {
  constexpr double kRuns = 4;
  constexpr double kHuberLoss = 1.03;  // variance that capping takes away
  return std::sqrt((kRuns * prior * prior + kHuberLoss * squares) /
                   (kRuns + std::max(0.0, degrees)));
}

double NoiseWithPrior(const std::vector<double>& residuals, int parameters) {
  constexpr int kPasses = 20;
  if (residuals.empty()) return kPriorNoise;
  const double degrees = static_cast<double>(residuals.size()) - parameters;
  double noise = std::max(kPriorNoise, RobustDeviation(residuals));
  for (int pass = 0; pass < kPasses; ++pass) {
    double squares = 0;
    for (const double one : residuals) {
      const double capped = std::min(std::abs(one), kNoiseCap * noise);
      squares += capped * capped;
    }
    noise = NoiseOf(kPriorNoise, squares, degrees);
  }
  return noise;
}

}  // namespace isoshape
