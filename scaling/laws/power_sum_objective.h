#ifndef ISOSHAPE_SCALING_LAWS_POWER_SUM_OBJECTIVE_H_
#define ISOSHAPE_SCALING_LAWS_POWER_SUM_OBJECTIVE_H_

#include <Eigen/Dense>
#include <cstddef>
#include <optional>
#include <vector>

#include "scaling/laws/power_sum.h"
#include "scaling/laws/robust_polish.h"

namespace isoshape {

// A gamma that is fitted stays within these. Beyond them the sum is the larger
// of its powers, or their geometric mean, to what losses tell.
inline constexpr double kMinGamma = 0.05;
inline constexpr double kMaxGamma = 20;

// The rows of a PowerSumData with weight above 0, each x centred and scaled
// to standard deviation 1. A law is then a vector theta of ln A_k' and alpha_k'
// of each term, ln gamma (if it is free) and ln E (absent if E is fixed), with
// ln A_k' - alpha_k' u_k = ln A_k - alpha_k ln x_k. If the exponents are tied
// theta has one of them, that of the first term.
class ScaledRows : public RobustRows {
 public:
  // E is fixed if `fixed_e` is set; all alpha_k are equal if `tied`; gamma is
  // 1 but if `free_gamma`.
  ScaledRows(const PowerSumData& data, std::optional<double> fixed_e,
             bool tied = false, bool free_gamma = false);

  int terms() const { return static_cast<int>(u_.cols()); }
  int parameters() const override {
    return terms() + (tied_ ? 1 : terms()) + (free_gamma_ ? 1 : 0) +
           (fixed_e_ ? 0 : 1);
  }
  int rows() const override { return static_cast<int>(ln_loss_.size()); }
  double total_weight() const override { return weights_.sum(); }

  // Whether a free gamma is at a bound, kMinGamma or kMaxGamma, or beyond,
  // where it counts as the bound and nothing depends on it.
  bool GammaHeld(const double* theta) const;
  Eigen::VectorXd ToTheta(const PowerSum& law) const;
  PowerSum ToLaw(const Eigen::VectorXd& theta) const;
  // Maps theta to ln A_k of each term, ln E (0 if it is fixed) and alpha_k.
  // gamma must not be free.
  Eigen::MatrixXd LawByTheta() const;

  double Objective(const double* theta, double delta,
                   double* gradient) const override;
  Eigen::MatrixXd Curvature(const Eigen::VectorXd& theta,
                            double delta) const override;
  LocalModel Expand(const Eigen::VectorXd& theta, double delta) const override;

 private:
  // The parts of the loss at theta, their sum and the residuals, into the
  // scratch; returns E. With gamma a part is what a change of ln A_k moves the
  // loss by, and `by_gamma_` what one of ln gamma does.
  double Evaluate(const double* theta) const;
  // Evaluate with a free gamma, all but the residuals.
  void RaisePowers(const double* theta, double e) const;
  // Adds what gamma != 1 does to the second derivatives of the loss; `jacobian`
  // is of ln loss, `score` what it is weighed by.
  void AddGammaCurvature(const Eigen::VectorXd& theta,
                         const Eigen::ArrayXXd& jacobian,
                         const Eigen::ArrayXd& score, LocalModel& model) const;

  // The place in theta of alpha_k', and alpha_k' over what stands there.
  Eigen::Index AlphaPlace(Eigen::Index k) const {
    return terms() + (tied_ ? 0 : k);
  }
  double AlphaScale(Eigen::Index k) const {
    return tied_ ? deviation_[k] / deviation_[0] : 1;
  }
  double GammaAt(const double* theta) const;
  // The place of ln gamma, if it is free.
  Eigen::Index GammaPlace() const { return parameters() - (fixed_e_ ? 1 : 2); }

  std::optional<double> fixed_e_;
  bool tied_, free_gamma_;
  std::vector<double> mean_, deviation_;  // of ln x_k
  Eigen::ArrayXXd u_;                     // [row, term]
  Eigen::ArrayXd ln_loss_, weights_;
  // Scratch of Evaluate, which one thread at a time may call.
  mutable Eigen::ArrayXXd powers_;
  mutable Eigen::ArrayXd sum_, residual_, by_gamma_;
  // With gamma: of each power in their sum, and ln of the sum.
  mutable Eigen::ArrayXXd shares_;
  mutable Eigen::ArrayXd ln_sum_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_POWER_SUM_OBJECTIVE_H_
