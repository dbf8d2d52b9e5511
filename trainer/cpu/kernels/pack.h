#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_PACK_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_PACK_H_

#include "trainer/cpu/kernels.h"

// Forms of operands for one instruction set; see Kernels.
namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

int64_t PackedSize(int64_t depth, int64_t columns);
void Pack(const float* from, int64_t stride, int64_t depth, int64_t columns,
          bool transposed, float* to);
// The following exist only if the instruction set multiplies bf16.
void PackPairs(const float* from, int64_t stride, int64_t depth,
               int64_t columns, bool transposed, float* to);
void RowsToBf16(const float* from, int64_t stride, int64_t rows,
                int64_t columns, float* to, int64_t to_stride);
void PairsToBf16(const float* from, int64_t stride, int64_t rows,
                 int64_t columns, float* to, int64_t to_stride);

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_PACK_H_
