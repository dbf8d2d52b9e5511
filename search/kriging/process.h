#ifndef ISOSHAPE_SEARCH_KRIGING_PROCESS_H_
#define ISOSHAPE_SEARCH_KRIGING_PROCESS_H_

#include <Eigen/Dense>
#include <cstddef>
#include <vector>

namespace isoshape {

// A run's place as the process sees it, all in natural logarithms.
struct GpPlace {
  double size = 0;     // over the middle of the sizes of its budget
  double ratio = 0;    // width / depth
  double compute = 0;  // FLOPs over the smallest budget
};

// What was measured at a place: the mean of `count` runs of ln loss.
struct GpRow {
  GpPlace place;
  double ln_loss = 0;
  double count = 1;
};

// Lengths of the kernel in the units of GpPlace, and the variance of one run's
// noise relative to that of the process.
struct GpScales {
  double size = 1.5, ratio = 2, compute = 3, noise = 1e-2;
};

// ln loss as a Gaussian process: a mean linear in ln compute, whose
// coefficients are unknown (universal kriging), and a Matern kernel of
// smoothness 5/2 with a length for each axis (Rasmussen and Williams 2006,
// equations 4.17 and 2.41-42). The scales are those of the largest restricted
// likelihood on a grid of four values each, found axis by axis. Immutable.
class GaussianProcess {
 public:
  // At least MinRows rows.
  explicit GaussianProcess(std::vector<GpRow> rows);

  // Rows that the coefficients of the mean need, and one more: two if all are
  // at one compute, else three.
  static size_t MinRows(const std::vector<GpRow>& rows);

  const GpScales& scales() const { return scales_; }
  // Variance of ln loss about the mean, without noise.
  double variance() const { return variance_; }
  // Of one run, in ln loss.
  double noise_variance() const { return scales_.noise * variance_; }

  // The kernel between two places, 1 at one place.
  double Correlation(const GpPlace& a, const GpPlace& b) const;

 private:
  friend class GpForecast;

  // The process at given scales, and its restricted log likelihood.
  double Condition(const GpScales& scales);
  Eigen::VectorXd Basis(const GpPlace& place) const;

  std::vector<GpRow> rows_;
  Eigen::Index coefficients_ = 1;  // of the mean
  GpScales scales_;
  double variance_ = 0;
  Eigen::LLT<Eigen::MatrixXd> factor_;       // of the rows' covariance
  Eigen::LLT<Eigen::MatrixXd> mean_factor_;  // of the coefficients' precision
  Eigen::MatrixXd basis_;                    // whitened by factor_
  Eigen::VectorXd beta_;                     // coefficients of the mean
  Eigen::VectorXd residual_;                 // whitened
};

// What a process says of ln loss at several places without noise. Adding a
// place counts a run there as done with the loss that is expected of it (the
// kriging believer, Ginsbourger et al. 2010): means stay, variances fall.
// Refers to the process, which must outlive it.
class GpForecast {
 public:
  GpForecast(const GaussianProcess& process, std::vector<GpPlace> places);

  double mean(size_t place) const { return mean_[Index(place)]; }
  double deviation(size_t place) const;
  // `count` runs at the place.
  void Add(size_t place, double count);

 private:
  static Eigen::Index Index(size_t i) { return static_cast<Eigen::Index>(i); }

  const GaussianProcess& process_;
  std::vector<GpPlace> places_;
  Eigen::VectorXd mean_, variance_;
  // Whitened covariances with the rows and of the coefficients of the mean, a
  // column for each place; and a column for each place that was added.
  Eigen::MatrixXd rows_, basis_;
  std::vector<Eigen::VectorXd> added_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_KRIGING_PROCESS_H_
