#ifndef ISOSHAPE_TESTS_SCALING_LAWS_GRID_OF_RUNS_H_
#define ISOSHAPE_TESTS_SCALING_LAWS_GRID_OF_RUNS_H_

#include <cstdint>
#include <random>
#include <vector>

#include "scaling/laws/power_sum.h"

namespace isoshape {

// `count` values from `first` on, each `step` above the one before.
inline std::vector<double> Steps(double first, double step, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(first + i * step);
  return values;
}

// Runs of a law of two terms at every pair of values; noise in ln loss.
inline PowerSumData GridOfRuns(const PowerSum& law,
                               const std::vector<double>& ln_sizes,
                               const std::vector<double>& ln_tokens,
                               double noise, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  PowerSumData data{.ln_x = {{}, {}}, .ln_loss = {}};
  for (const double ln_n : ln_sizes) {
    for (const double ln_d : ln_tokens) {
      data.ln_x[0].push_back(ln_n);
      data.ln_x[1].push_back(ln_d);
      data.ln_loss.push_back(law.LogLoss({ln_n, ln_d}) +
                             noise * normal(engine));
    }
  }
  return data;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SCALING_LAWS_GRID_OF_RUNS_H_
