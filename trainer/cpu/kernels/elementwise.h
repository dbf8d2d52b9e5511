#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_ELEMENTWISE_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_ELEMENTWISE_H_

#include "trainer/cpu/kernels.h"

// Kernels that are not products of matrices, for one instruction set; see
// Kernels.
namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

void NormForward(const NormPass& pass, float* y, int64_t y_stride);
void NormBackward(const NormPass& pass, const float* dy, int64_t dy_stride,
                  float* dx, int64_t dx_stride, float* dgain, float* dbias);
void Gelu(float* u, float* y, int64_t count);
void Swiglu(float* gate, float* up, float* y, int64_t count);
void ProductOf(const float* a, const float* b, float* out, int64_t count);
void AddScaled(const float* x, float scale, float* y, int64_t count);
void ScaledSum(const float* a, const float* b, float scale, float* out,
               int64_t count);
void Rotate(float* row, int64_t heads, int64_t head_columns, int64_t half,
            const float* cosines, const float* sines, bool back);
float CrossEntropy(float* logits, int64_t vocab, int64_t columns,
                   int64_t target, float gradient_scale);
double SumOfSquares(const float* values, int64_t count);
void AdamW(const AdamWStep& step, float* weights, float* gradients,
           float* means, float* squares, int64_t count);

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_ELEMENTWISE_H_
