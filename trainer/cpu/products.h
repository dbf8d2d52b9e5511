#ifndef ISOSHAPE_TRAINER_CPU_PRODUCTS_H_
#define ISOSHAPE_TRAINER_CPU_PRODUCTS_H_

#include <cstdint>

#include "trainer/cpu/activations.h"
#include "trainer/cpu/buffer.h"
#include "trainer/cpu/kernels.h"
#include "trainer/cpu/weights.h"

namespace isoshape::cpu {

// The products of a linear layer, forward and backward, in the precision of the
// weights: with bf16 both operands are rounded to bf16 and summed in fp32. One
// for each thread.
class Products {
 public:
  // `weights` and `kernels` must outlive it. Takes at most `rows` rows.
  Products(const Weights& weights, const Kernels& kernels, int64_t rows);

  // y [rows, matrix.rows] = alpha (x W^T + bias) + addend; bias and addend may
  // be null, and addend is of y's stride.
  void Apply(const WeightMatrix& matrix, const Rows& x, int64_t rows,
             float alpha, const float* bias, const float* addend,
             const Rows& y);
  // dx [rows, matrix.columns] = alpha dy W.
  void ApplyBack(const WeightMatrix& matrix, const Rows& dy, int64_t rows,
                 float alpha, const Rows& dx);
  // dW += alpha dy^T x, in `gradients`, a padded buffer.
  void AddGradient(const WeightMatrix& matrix, const Rows& dy, const Rows& x,
                   int64_t rows, float alpha, float* gradients);

 private:
  // `from` [rows, columns] in bf16, in `to`.
  Rows RoundRows(const Rows& from, int64_t rows, int64_t columns, Buffer& to);
  Rows RoundPairs(const Rows& from, int64_t rows, int64_t columns, Buffer& to);

  const Weights& weights_;
  const Kernels& kernels_;
  Buffer left_, right_;  // operands in bf16; empty with fp32
};

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_PRODUCTS_H_
