// RMSNorm (Zhang and Sennrich 2019) and LayerNorm (Ba et al. 2016) by rows.
#include "trainer/cpu/kernels/elementwise.h"
#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

void NormForward(const NormPass& pass, float* y, int64_t y_stride) {
  const float width = static_cast<float>(pass.width);
  // The padding of x is 0, and (0 - mean)^2 must not count.
  const float padding = static_cast<float>(pass.columns - pass.width);
  for (int64_t row = 0; row < pass.rows; ++row) {
    const float* x = pass.x + row * pass.x_stride;
    float mean = 0;
    if (pass.centred) {
      Vector sum = {};
      for (int64_t i = 0; i < pass.columns; i += kLanes) sum += Load(x + i);
      mean = Sum(sum) / width;
    }
    Vector squares = {};
    for (int64_t i = 0; i < pass.columns; i += kLanes) {
      const Vector centred = Load(x + i) - Broadcast(mean);
      squares += centred * centred;
    }
    const float variance = (Sum(squares) - padding * mean * mean) / width;
    const float scale = 1 / __builtin_sqrtf(variance + pass.epsilon);
    pass.statistics[2 * row] = mean;
    pass.statistics[2 * row + 1] = scale;
    float* to = y + row * y_stride;
    for (int64_t i = 0; i < pass.columns; i += kLanes) {
      Vector value = (Load(x + i) - Broadcast(mean)) * Broadcast(scale) *
                     Load(pass.gain + i);
      if (pass.bias != nullptr) value += Load(pass.bias + i);
      Store(to + i, value);
    }
  }
}

// With n = (x - mean) * scale and g = dy * gain: dx = scale * (g - mean(g) - n
// * mean(g * n)), and RMSNorm has no mean(g).
void NormBackward(const NormPass& pass, const float* dy, int64_t dy_stride,
                  float* dx, int64_t dx_stride, float* dgain, float* dbias) {
  const float width = static_cast<float>(pass.width);
  for (int64_t row = 0; row < pass.rows; ++row) {
    const float* x = pass.x + row * pass.x_stride;
    const float* from = dy + row * dy_stride;
    float* to = dx + row * dx_stride;
    const Vector mean = Broadcast(pass.statistics[2 * row]);
    const Vector scale = Broadcast(pass.statistics[2 * row + 1]);
    Vector sum = {};
    Vector product = {};
    for (int64_t i = 0; i < pass.columns; i += kLanes) {
      const Vector n = (Load(x + i) - mean) * scale;
      const Vector d = Load(from + i);
      const Vector g = d * Load(pass.gain + i);
      sum += g;
      product += g * n;
      Store(dgain + i, Load(dgain + i) + d * n);
      if (dbias != nullptr) Store(dbias + i, Load(dbias + i) + d);
    }
    const Vector shift =
        pass.centred ? Broadcast(Sum(sum) / width) : Broadcast(0);
    const Vector slope = Broadcast(Sum(product) / width);
    for (int64_t i = 0; i < pass.columns; i += kLanes) {
      const Vector n = (Load(x + i) - mean) * scale;
      const Vector g = Load(from + i) * Load(pass.gain + i);
      Vector change = scale * (g - shift - n * slope);
      // What is padding stays 0.
      if (i + kLanes > pass.width) {
        change = First(pass.width > i ? pass.width - i : 0, change, Vector{});
      }
      Store(to + i, Load(to + i) + change);
    }
  }
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
