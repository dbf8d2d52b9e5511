#ifndef ISOSHAPE_TESTS_SCALING_SYNTHETIC_RUNS_H_
#define ISOSHAPE_TESTS_SCALING_SYNTHETIC_RUNS_H_

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "scaling/runs/point.h"

namespace isoshape {

// Loss of a run without noise, of size N and tokens D.
using LossLaw = std::function<double(double, double)>;

inline ScalingPoint MakePoint(double budget, double size, double loss,
                              double depth = 2, double width = 32) {
  ScalingPoint point;
  point.budget = budget;
  point.size = size;
  point.tokens = budget / 6 / size;
  point.loss = loss;
  point.depth = depth;
  point.width = width;
  return point;
}

// The best size of a law at a compute, by search over 1e3..1e7.
inline double BestSize(const LossLaw& law, double budget) {
  double best = 0;
  double least = INFINITY;
  for (double x = std::log(1e3); x < std::log(1e7); x += 0.002) {
    const double size = std::exp(x);
    const double loss = law(size, budget / 6 / size);
    if (loss < least) {
      least = loss;
      best = size;
    }
  }
  return best;
}

// As the demo runs it: budgets 2.5e11, 7.5e11, ..., seven sizes over a factor
// of 25 about a centre that misses the optimum a little, one seed each.
inline std::vector<ScalingPoint> DemoRuns(const LossLaw& law, int budgets,
                                          double noise, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<ScalingPoint> points;
  double budget = 2.5e11;
  for (int b = 0; b < budgets; ++b, budget *= 3) {
    const double centre =
        BestSize(law, budget) * std::exp(0.25 * normal(engine));
    for (int i = 0; i < 7; ++i) {
      const double size = centre * std::pow(25, (i - 3) / 6.0);
      points.push_back(MakePoint(
          budget, size, law(size, budget / 6 / size) + noise * normal(engine)));
      points.back().loss_stderr = 0.003;
    }
  }
  return points;
}

// Hoffmann et al.'s form, with losses like those of a byte model.
inline double FlooredPowerLaw(double size, double tokens) {
  return 0.9 + 12 * std::pow(size, -0.34) + 60 * std::pow(tokens, -0.31);
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SCALING_SYNTHETIC_RUNS_H_
