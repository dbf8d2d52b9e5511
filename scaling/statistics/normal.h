#ifndef ISOSHAPE_SCALING_STATISTICS_NORMAL_H_
#define ISOSHAPE_SCALING_STATISTICS_NORMAL_H_

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace isoshape {

// A normal deviate by Box and Muller, the same on every platform.
class Normal {
 public:
  explicit Normal(uint64_t seed) : engine_(seed) {}
  double operator()() {
    const double radius = std::sqrt(-2 * std::log(Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }

 private:
  // In (0, 1).
  double Uniform() {
    return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1.0p-53;
  }
  std::mt19937_64 engine_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_NORMAL_H_
