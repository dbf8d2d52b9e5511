// AdamW (Loshchilov and Hutter 2019, algorithm 2) over flat buffers.
#include "trainer/cpu/kernels/elementwise.h"
#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

double SumOfSquares(const float* values, int64_t count) {
  constexpr int64_t kRun = 4096;  // values whose sum in fp32 is exact enough
  double sum = 0;
  for (int64_t begin = 0; begin < count; begin += kRun) {
    const int64_t end = begin + kRun < count ? begin + kRun : count;
    Vector squares = {};
    for (int64_t i = begin; i < end; i += kLanes) {
      const Vector v = Load(values + i);
      squares += v * v;
    }
    sum += static_cast<double>(Sum(squares));
  }
  return sum;
}

void AdamW(const AdamWStep& step, float* weights, float* gradients,
           float* means, float* squares, int64_t count) {
  const Vector scale = Broadcast(step.gradient_scale);
  const Vector beta1 = Broadcast(step.beta1);
  const Vector beta2 = Broadcast(step.beta2);
  const Vector fresh1 = Broadcast(1 - step.beta1);
  const Vector fresh2 = Broadcast(1 - step.beta2);
  const Vector decay = Broadcast(step.decay);
  const Vector rate = Broadcast(step.rate * step.mean_correction);
  const Vector correction = Broadcast(step.square_correction);
  const Vector epsilon = Broadcast(step.epsilon);
  for (int64_t i = 0; i < count; i += kLanes) {
    const Vector g = Load(gradients + i) * scale;
    const Vector mean = beta1 * Load(means + i) + fresh1 * g;
    const Vector square = beta2 * Load(squares + i) + fresh2 * g * g;
    Store(means + i, mean);
    Store(squares + i, square);
    Store(weights + i,
          decay * Load(weights + i) -
              rate * mean / (SquareRoot(square) * correction + epsilon));
    Store(gradients + i, Vector{});
  }
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
