// Activations: forward passes that leave their derivative behind, so that the
// backward pass is one product.
#include "trainer/cpu/kernels/elementwise.h"
#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {
namespace {

ISOSHAPE_INLINE Vector Logistic(Vector x) {
  return Reciprocal(Broadcast(1.0f) + Exp(-x));
}

}  // namespace

// Hendrycks and Gimpel 2016: u (1 + tanh z) / 2 with z = sqrt(2 / pi) (u +
// 0.044715 u^3), which is u times the logistic function of 2 z.
void Gelu(float* u, float* y, int64_t count) {
  const Vector a = Broadcast(1.59576912f);    // 2 sqrt(2 / pi)
  const Vector b = Broadcast(0.0713548163f);  // 0.044715 a
  const Vector b3 = Broadcast(0.214064449f);  // 3 b
  for (int64_t i = 0; i < count; i += kLanes) {
    const Vector x = Load(u + i);
    const Vector square = x * x;
    const Vector s = Logistic(x * (a + b * square));
    Store(y + i, x * s);
    Store(u + i, s + x * s * (Broadcast(1.0f) - s) * (a + b3 * square));
  }
}

// Shazeer 2020: silu(g) u with silu(g) = g times the logistic function of g.
void Swiglu(float* gate, float* up, float* y, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const Vector g = Load(gate + i);
    const Vector u = Load(up + i);
    const Vector s = Logistic(g);
    const Vector silu = g * s;
    Store(y + i, silu * u);
    Store(gate + i, u * (s + silu * (Broadcast(1.0f) - s)));
    Store(up + i, silu);
  }
}

void ProductOf(const float* a, const float* b, float* out, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) {
    Store(out + i, Load(a + i) * Load(b + i));
  }
}

void AddScaled(const float* x, float scale, float* y, int64_t count) {
  const Vector factor = Broadcast(scale);
  for (int64_t i = 0; i < count; i += kLanes) {
    Store(y + i, Load(y + i) + factor * Load(x + i));
  }
}

void ScaledSum(const float* a, const float* b, float scale, float* out,
               int64_t count) {
  const Vector factor = Broadcast(scale);
  for (int64_t i = 0; i < count; i += kLanes) {
    Vector sum = Load(a + i);
    if (b != nullptr) sum += Load(b + i);
    Store(out + i, factor * sum);
  }
}

void Rotate(float* row, int64_t heads, int64_t head_columns, int64_t half,
            const float* cosines, const float* sines, bool back) {
  const float sign = back ? -1.0f : 1.0f;
  for (int64_t head = 0; head < heads; ++head) {
    float* __restrict first = row + head * head_columns;
    float* __restrict second = first + half;
    for (int64_t i = 0; i < half; ++i) {
      const float c = cosines[i];
      const float s = sign * sines[i];
      const float x = first[i];
      const float y = second[i];
      first[i] = x * c - y * s;
      second[i] = x * s + y * c;
    }
  }
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
