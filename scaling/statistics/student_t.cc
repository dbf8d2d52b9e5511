#include "scaling/statistics/student_t.h"

#include <cmath>
#include <numbers>

namespace isoshape {
namespace {

// x with probability(x) = level, for an increasing function on [0, infinity).
template <typename Function>
double Invert(Function probability, double level) {
  double low = 0;
  double high = 1;
  while (probability(high) < level && high < 1e15) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-14 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (probability(middle) < level ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

// P(|T| <= t), t >= 0 (Abramowitz and Stegun 26.7.3, 26.7.4).
double TwoSidedProbability(double t, int degrees_of_freedom) {
  const double theta = std::atan(t / std::sqrt(degrees_of_freedom));
  const double cosine = std::cos(theta);
  const double square = cosine * cosine;
  const bool odd = degrees_of_freedom % 2 == 1;
  // 1 + 2/3 cos^2 + 2*4/(3*5) cos^4 ..., or 1 + 1/2 cos^2 + ...
  double sum = 0;
  double term = 1;
  for (int k = odd ? 2 : 1; k < degrees_of_freedom; k += 2) {
    sum += term;
    term *= square * k / (k + 1);
  }
  if (!odd) return std::sin(theta) * sum;
  return 2 / std::numbers::pi * (theta + std::sin(theta) * cosine * sum);
}

}  // namespace

double StudentTCdf(double t, int degrees_of_freedom) {
  const double inside = TwoSidedProbability(std::abs(t), degrees_of_freedom);
  return t < 0 ? 0.5 * (1 - inside) : 0.5 * (1 + inside);
}

double StudentTTwoSided(double level, int degrees_of_freedom) {
  return Invert(
      [&](double t) { return TwoSidedProbability(t, degrees_of_freedom); },
      level);
}

double NormalTwoSided(double level) {
  return Invert([](double z) { return std::erf(z / std::numbers::sqrt2); },
                level);
}

double StudentSpread(double level, int degrees_of_freedom) {
  if (degrees_of_freedom <= 0) return 1;
  return StudentTTwoSided(level, degrees_of_freedom) / NormalTwoSided(level);
}

}  // namespace isoshape
