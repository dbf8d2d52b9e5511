#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_ATTENTION_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_ATTENTION_H_

#include "trainer/cpu/kernels.h"

// Causal attention for one instruction set; see Kernels.
namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

int64_t AttentionScratch(int64_t time, int64_t head_columns);
void Attention(const AttentionPass& pass, float* output, int64_t stride);
void AttentionBackward(const AttentionPass& pass, const float* output,
                       const float* doutput, int64_t stride, float* dqkv,
                       int64_t dqkv_stride);

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_ATTENTION_H_
