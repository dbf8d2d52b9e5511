#ifndef ISOSHAPE_SCALING_LAWS_POWER_SUM_H_
#define ISOSHAPE_SCALING_LAWS_POWER_SUM_H_

#include <cstddef>
#include <optional>
#include <vector>

namespace isoshape {

// A loss law that is a sum of powers, L = E + sum_k A_k x_k^-alpha_k. With x =
// (N, D) it is the parametric law (Hoffmann et al. 2022, equation 2), with x =
// (width, depth, params, tokens) the law of Gemstones (McLeish et al. 2025).
// With gamma the sum is raised to it, L = E + (sum_k A_k x_k^-alpha_k)^gamma
// (Busbridge et al. 2025, arXiv 2502.08606).
struct PowerSum {
  double e = 0;  // E >= 0
  std::vector<double> ln_a;
  std::vector<double> alpha;
  double gamma = 1;  // > 0

  size_t terms() const { return alpha.size(); }
  // ln L; ln_x holds ln x_k of each term.
  double LogLoss(const std::vector<double>& ln_x) const;
};

struct PowerSumData {
  std::vector<std::vector<double>> ln_x;  // [term][row]
  std::vector<double> ln_loss;            // [row]
  // >= 0, [row], such as those of Resampling; empty: all 1.
  std::vector<double> weights = {};

  size_t terms() const { return ln_x.size(); }
  size_t rows() const { return ln_loss.size(); }
};

// The objective that a fit minimizes: the sum over rows of weight * rho(r), r =
// ln L of the law - ln L measured; the sum, not the mean, as published
// objectives are.
struct RobustLoss {
  // rho(r) = r^2 / 2 up to |r| = delta, then delta (|r| - delta / 2) (Huber
  // 1964). Hoffmann et al. use 1e-3.
  double huber_delta = 1e-3;
  // rho(r) = |r| instead; huber_delta is not used.
  bool least_absolute = false;

  double operator()(double residual) const;
};

// ln L of the law - ln L measured, by row.
std::vector<double> Residuals(const PowerSum& law, const PowerSumData& data);

double TotalLoss(const PowerSum& law, const PowerSumData& data,
                 const RobustLoss& loss);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_POWER_SUM_H_
