#include "scaling/laws/power_sum.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isoshape {

double PowerSum::LogLoss(const std::vector<double>& ln_x) const {
  constexpr double kNothing = -std::numeric_limits<double>::infinity();
  const double ln_e = e > 0 ? std::log(e) : kNothing;
  const bool plain = gamma == 1;
  // ln sum exp, about the largest exponent.
  double largest = plain ? ln_e : kNothing;
  for (size_t k = 0; k < terms(); ++k) {
    largest = std::max(largest, ln_a[k] - alpha[k] * ln_x[k]);
  }
  double sum = plain && e > 0 ? std::exp(ln_e - largest) : 0;
  for (size_t k = 0; k < terms(); ++k) {
    sum += std::exp(ln_a[k] - alpha[k] * ln_x[k] - largest);
  }
  const double ln_sum = largest + std::log(sum);
  if (plain) return ln_sum;
  const double ln_powers = gamma * ln_sum;
  const double larger = std::max(ln_e, ln_powers);
  return larger +
         std::log(std::exp(ln_e - larger) + std::exp(ln_powers - larger));
}

double RobustLoss::operator()(double residual) const {
  const double size = std::abs(residual);
  if (least_absolute) return size;
  return size <= huber_delta ? 0.5 * size * size
                             : huber_delta * (size - 0.5 * huber_delta);
}

std::vector<double> Residuals(const PowerSum& law, const PowerSumData& data) {
  std::vector<double> residuals(data.rows());
  std::vector<double> ln_x(data.terms());
  for (size_t i = 0; i < data.rows(); ++i) {
    for (size_t k = 0; k < data.terms(); ++k) ln_x[k] = data.ln_x[k][i];
    residuals[i] = law.LogLoss(ln_x) - data.ln_loss[i];
  }
  return residuals;
}

double TotalLoss(const PowerSum& law, const PowerSumData& data,
                 const RobustLoss& loss) {
  const std::vector<double> residuals = Residuals(law, data);
  double sum = 0;
  for (size_t i = 0; i < residuals.size(); ++i) {
    sum += (data.weights.empty() ? 1 : data.weights[i]) * loss(residuals[i]);
  }
  return sum;
}

}  // namespace isoshape
