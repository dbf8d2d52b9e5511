#ifndef ISOSHAPE_SCALING_LAWS_PENALIZED_ROWS_H_
#define ISOSHAPE_SCALING_LAWS_PENALIZED_ROWS_H_

#include <Eigen/Dense>

#include "scaling/laws/robust_polish.h"
#include "scaling/laws/weak_prior.h"
#include "scaling/statistics/posterior.h"

namespace isoshape {

// Rows with priors of the law: the objective is that of the rows and minus the
// log density of the priors, in units of the objective (LikelihoodScale), so
// that a fit is the maximum of a posterior. `law_by_theta` maps theta to the
// parameters that LawPrior knows. Rows and prior must outlive it.
class PenalizedRows : public RobustRows {
 public:
  // `noise` is the deviation of ln loss of a run; `shift` LawPrior's.
  PenalizedRows(const RobustRows& rows, Eigen::MatrixXd law_by_theta,
                const LawPrior& prior, double noise, Eigen::VectorXd shift);

  int parameters() const override { return rows_.parameters(); }
  int rows() const override { return rows_.rows(); }
  double total_weight() const override { return rows_.total_weight(); }
  double Objective(const double* theta, double delta,
                   double* gradient) const override;
  Eigen::MatrixXd Curvature(const Eigen::VectorXd& theta,
                            double delta) const override;
  LocalModel Expand(const Eigen::VectorXd& theta, double delta) const override;
  Bounds bounds() const override { return rows_.bounds(); }

  // The posterior of the law's parameters at theta.
  Posterior At(const Eigen::VectorXd& theta, double delta) const;

  // The residuals of the priors in units of those of the rows, and their
  // derivatives by theta; false outside the law.
  bool PriorResiduals(const Eigen::VectorXd& theta, double delta,
                      Eigen::VectorXd& residuals,
                      Eigen::MatrixXd& jacobian) const;

 private:
  const RobustRows& rows_;
  Eigen::MatrixXd law_by_theta_;
  const LawPrior& prior_;
  double noise_;
  Eigen::VectorXd shift_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_PENALIZED_ROWS_H_
