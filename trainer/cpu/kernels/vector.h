#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_VECTOR_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_VECTOR_H_

// Vectors of floats as wide as the instruction set that a file is compiled for.
// The kernels are compiled once for each instruction set, with
// ISOSHAPE_INSTRUCTION_SET naming the namespace. Nothing here, and nothing that
// a kernel file includes, may be an inline function outside that namespace: the
// linker would keep one copy for all instruction sets.

#include <stdint.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

#if defined(__AVX512F__)
inline constexpr int64_t kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int64_t kLanes = 8;
#else
inline constexpr int64_t kLanes = 4;
#endif

typedef float Vector __attribute__((vector_size(kLanes * 4)));
typedef int32_t IntVector __attribute__((vector_size(kLanes * 4)));

#define ISOSHAPE_INLINE static inline __attribute__((always_inline))

ISOSHAPE_INLINE Vector Load(const float* from) {
  Vector v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

ISOSHAPE_INLINE void Store(float* to, Vector v) {
  __builtin_memcpy(to, &v, sizeof v);
}

ISOSHAPE_INLINE Vector Broadcast(float x) {
#if defined(__AVX512F__)
  return (Vector)_mm512_set1_ps(x);
#elif defined(__AVX2__)
  return (Vector)_mm256_set1_ps(x);
#elif defined(__SSE2__)
  return (Vector)_mm_set1_ps(x);
#else
  return Vector{x, x, x, x};
#endif
}

ISOSHAPE_INLINE Vector Max(Vector a, Vector b) {
#if defined(__AVX512F__)
  return (Vector)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (Vector)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}

ISOSHAPE_INLINE Vector Min(Vector a, Vector b) {
#if defined(__AVX512F__)
  return (Vector)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (Vector)_mm256_min_ps((__m256)a, (__m256)b);
#else
  return a < b ? a : b;
#endif
}

ISOSHAPE_INLINE Vector SquareRoot(Vector v) {
#if defined(__AVX512F__)
  return (Vector)_mm512_sqrt_ps((__m512)v);
#elif defined(__AVX2__)
  return (Vector)_mm256_sqrt_ps((__m256)v);
#else
  for (int64_t i = 0; i < kLanes; ++i) v[i] = __builtin_sqrtf(v[i]);
  return v;
#endif
}

// 0, 1, 2, …
ISOSHAPE_INLINE IntVector Iota() {
  IntVector v;
  for (int32_t i = 0; i < kLanes; ++i) v[i] = i;
  return v;
}

// `v` in the first `count` lanes, `other` in the rest.
ISOSHAPE_INLINE Vector First(int64_t count, Vector v, Vector other) {
  const IntVector limit = IntVector{} + static_cast<int32_t>(count);
  return Iota() < limit ? v : other;
}

// The sum of all lanes, always in the same order.
ISOSHAPE_INLINE float Sum(Vector v) {
  float lanes[kLanes];
  Store(lanes, v);
  for (int64_t width = kLanes / 2; width > 0; width /= 2) {
    for (int64_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

ISOSHAPE_INLINE float MaxLane(Vector v) {
  float lanes[kLanes];
  Store(lanes, v);
  float max = lanes[0];
  for (int64_t i = 1; i < kLanes; ++i) {
    max = lanes[i] > max ? lanes[i] : max;
  }
  return max;
}

// e^x, within 2e-7 of the value; 1e-38 at x <= -87, and at most e^88. Splits x
// into n ln 2 + r with |r| <= ln 2 / 2, sums the series of e^r and adds n to
// the exponent.
ISOSHAPE_INLINE Vector Exp(Vector x) {
  // With the operands in this order, a NaN stays a NaN.
  x = Max(Broadcast(-87.0f), Min(Broadcast(88.0f), x));
  // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
  const Vector shifted = x * Broadcast(1.44269504f) + Broadcast(12582912.0f);
  const Vector n = shifted - Broadcast(12582912.0f);
  Vector r = x - n * Broadcast(0.693145752f);
  r = r - n * Broadcast(1.42860677e-6f);
  Vector p = Broadcast(1.38888889e-3f);
  p = p * r + Broadcast(8.33333333e-3f);
  p = p * r + Broadcast(4.16666667e-2f);
  p = p * r + Broadcast(1.66666667e-1f);
  p = p * r + Broadcast(0.5f);
  p = p * r + Broadcast(1.0f);
  p = p * r + Broadcast(1.0f);
  return (Vector)((IntVector)p + ((IntVector)shifted << 23));
}

// 1 / x, within 2e-7 of the value, for x of ordinary size.
ISOSHAPE_INLINE Vector Reciprocal(Vector x) {
#if defined(__AVX512F__)
  const Vector y = (Vector)_mm512_rcp14_ps((__m512)x);
  return y * (Broadcast(2.0f) - x * y);  // one step of Newton's
#else
  return Broadcast(1.0f) / x;
#endif
}

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_VECTOR_H_
