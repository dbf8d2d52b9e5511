#include "trainer/cpu/products.h"

namespace isoshape::cpu {
namespace {

// Floats of the largest operand in bf16.
int64_t OperandSize(const Weights& weights, int64_t rows) {
  if (weights.precision() == Precision::kFp32) return 0;
  return (rows + 1) / 2 * SpreadStride(weights.max_side());
}

}  // namespace

Products::Products(const Weights& weights, const Kernels& kernels, int64_t rows)
    : weights_(weights),
      kernels_(kernels),
      left_(OperandSize(weights, rows)),
      right_(OperandSize(weights, rows)) {}

Rows Products::RoundRows(const Rows& from, int64_t rows, int64_t columns,
                         Buffer& to) {
  const Rows rounded{to.data(), SpreadStride(columns) / 2};
  kernels_.rows_to_bf16(from.data, from.stride, rows, columns, rounded.data,
                        rounded.stride);
  return rounded;
}

Rows Products::RoundPairs(const Rows& from, int64_t rows, int64_t columns,
                          Buffer& to) {
  const Rows rounded{to.data(), SpreadStride(columns)};
  kernels_.pairs_to_bf16(from.data, from.stride, rows, columns, rounded.data,
                         rounded.stride);
  return rounded;
}

void Products::Apply(const WeightMatrix& matrix, const Rows& x, int64_t rows,
                     float alpha, const float* bias, const float* addend,
                     const Rows& y) {
  const bool pairs = weights_.precision() == Precision::kBf16;
  const Rows a = pairs ? RoundRows(x, rows, matrix.columns, left_) : x;
  kernels_.matmul({rows, matrix.rows,
                   pairs ? matrix.columns / 2 : matrix.columns, a.data,
                   a.stride, false, weights_.packed(matrix.forward), 0, true,
                   y.data, y.stride, alpha, bias, addend, pairs});
}

void Products::ApplyBack(const WeightMatrix& matrix, const Rows& dy,
                         int64_t rows, float alpha, const Rows& dx) {
  const bool pairs = weights_.precision() == Precision::kBf16;
  const Rows a = pairs ? RoundRows(dy, rows, matrix.rows, left_) : dy;
  kernels_.matmul({rows, matrix.columns, pairs ? matrix.rows / 2 : matrix.rows,
                   a.data, a.stride, false, weights_.packed(matrix.backward), 0,
                   true, dx.data, dx.stride, alpha, nullptr, nullptr, pairs});
}

void Products::AddGradient(const WeightMatrix& matrix, const Rows& dy,
                           const Rows& x, int64_t rows, float alpha,
                           float* gradients) {
  const bool pairs = weights_.precision() == Precision::kBf16;
  const Rows a = pairs ? RoundPairs(dy, rows, matrix.rows, left_) : dy;
  const Rows b = pairs ? RoundPairs(x, rows, matrix.columns, right_) : x;
  float* dweight = gradients + matrix.offset;
  kernels_.matmul({matrix.rows, matrix.columns, pairs ? (rows + 1) / 2 : rows,
                   a.data, a.stride, true, b.data, b.stride, false, dweight,
                   matrix.columns, alpha, nullptr, dweight, pairs});
}

}  // namespace isoshape::cpu
