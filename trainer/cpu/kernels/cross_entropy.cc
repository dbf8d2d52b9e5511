// Softmax and cross entropy of one token, with the gradient of the logits.
#include "trainer/cpu/kernels/elementwise.h"
#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

float CrossEntropy(float* logits, int64_t vocab, int64_t columns,
                   int64_t target, float gradient_scale) {
  const float chosen = logits[target];
  for (int64_t i = vocab; i < columns; ++i) logits[i] = -3e38f;
  Vector running_max = Load(logits);
  for (int64_t i = kLanes; i < columns; i += kLanes) {
    running_max = Max(running_max, Load(logits + i));
  }
  const float shift = MaxLane(running_max);
  Vector total = {};
  for (int64_t i = 0; i < columns; i += kLanes) {
    const Vector e = Exp(Load(logits + i) - Broadcast(shift));
    Store(logits + i, e);
    total += e;
  }
  const float sum = Sum(total);
  if (gradient_scale != 0) {
    const Vector factor = Broadcast(gradient_scale / sum);
    for (int64_t i = 0; i < columns; i += kLanes) {
      Store(logits + i, Load(logits + i) * factor);
    }
    for (int64_t i = vocab; i < columns; ++i) logits[i] = 0;
    logits[target] -= gradient_scale;
  }
  return __builtin_logf(sum) + shift - chosen;
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
