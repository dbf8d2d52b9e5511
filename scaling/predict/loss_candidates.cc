#include "scaling/predict/loss_candidates.h"

#include <algorithm>
#include <cmath>

#include "scaling/statistics/line.h"

namespace isoshape {
namespace {

// Before anything is seen, the slope of ln L* over ln C is expected to change
// by about this much per unit of ln C, with the weight of kPriorDegrees
// observations. A power law above a floor changes by at most a quarter of its
// squared exponent.
constexpr double kPriorCurvature = 0.012;

double NearestSlope(const Optima& optima, double x) {
  const size_t i = optima.segment(x);
  return optima.ln_loss[i] + optima.slope(i) * (x - optima.ln_c[i]);
}

// Change of slope about the optimum i + 1 for each unit of ln C.
double Curvature(const Optima& optima, size_t i) {
  return (optima.slope(i + 1) - optima.slope(i)) /
         (0.5 * (optima.ln_c[i + 2] - optima.ln_c[i]));
}

}  // namespace

double Optima::slope(size_t i) const {
  return (ln_loss[i + 1] - ln_loss[i]) / (ln_c[i + 1] - ln_c[i]);
}

size_t Optima::segment(double x) const {
  size_t i = 0;
  while (i + 2 < count() && x > ln_c[i + 1]) ++i;
  return i;
}

double Candidates::Mean() const {
  double sum = 0;
  double total = 0;
  for (size_t k = 0; k < kCount; ++k) {
    sum += weights[k] * values[k];
    total += weights[k];
  }
  return sum / total;
}

double Candidates::Variance() const {
  const double mean = Mean();
  double sum = 0;
  double total = 0;
  for (size_t k = 0; k < kCount; ++k) {
    sum += weights[k] * (values[k] - mean) * (values[k] - mean);
    total += weights[k];
  }
  return sum / total;
}

std::optional<SurfaceStep> StepAlong(const Optima& optima,
                                     const std::optional<LossSurface>& surface,
                                     double x) {
  if (!surface) return std::nullopt;
  const auto to = surface->LeastLoss(std::exp(x));
  const auto change = [&](size_t i) -> std::optional<double> {
    const auto from = surface->LeastLoss(std::exp(optima.ln_c[i]));
    if (!from || !to) return std::nullopt;
    return std::log(*to / *from);
  };
  SurfaceStep step;
  while (step.from + 1 < optima.count() && x >= optima.ln_c[step.from + 1]) {
    ++step.from;
  }
  const std::optional<double> here = change(step.from);
  if (!here) return std::nullopt;
  step.change = *here;
  const size_t next = step.from + 1;
  if (next == optima.count() || x <= optima.ln_c[step.from]) return step;
  const std::optional<double> there = change(next);
  if (!there) return step;
  step.share_next = (x - optima.ln_c[step.from]) /
                    (optima.ln_c[next] - optima.ln_c[step.from]);
  step.change_next = *there;
  return step;
}

Candidates MakeCandidates(const Optima& optima,
                          const std::optional<SurfaceStep>& step, double x) {
  Candidates candidates;
  candidates.values[0] = FitLine(optima.ln_c, optima.ln_loss).At(x);
  candidates.values[1] = NearestSlope(optima, x);
  if (step) {
    candidates.values[2] = optima.ln_loss[step->from] + step->change;
    if (step->share_next > 0) {
      candidates.values[2] +=
          step->share_next * (optima.ln_loss[step->from + 1] +
                              step->change_next - candidates.values[2]);
    }
  } else {
    candidates.weights[2] = 0;
  }
  return candidates;
}

double ExpectedCurvature(const Optima& optima,
                         const std::vector<double>& noise_variance) {
  double sum = kPriorDegrees * kPriorCurvature * kPriorCurvature;
  double count = kPriorDegrees;
  for (size_t i = 0; i + 2 < optima.count(); ++i) {
    const double span = 0.5 * (optima.ln_c[i + 2] - optima.ln_c[i]);
    const double left = 1 / (optima.ln_c[i + 1] - optima.ln_c[i]) / span;
    const double right = 1 / (optima.ln_c[i + 2] - optima.ln_c[i + 1]) / span;
    const double noise =
        left * left * noise_variance[i] +
        (left + right) * (left + right) * noise_variance[i + 1] +
        right * right * noise_variance[i + 2];
    const double curvature = Curvature(optima, i);
    sum += std::max(0.0, curvature * curvature - noise);
    count += 1;
  }
  return std::sqrt(sum / count);
}

double ChordDeparture(const Optima& optima, double x) {
  const size_t i = optima.segment(x);
  return 0.5 * std::abs((x - optima.ln_c[i]) * (x - optima.ln_c[i + 1]));
}

}  // namespace isoshape
