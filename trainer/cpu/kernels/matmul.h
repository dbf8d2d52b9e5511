#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_MATMUL_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_MATMUL_H_

#include "trainer/cpu/kernels.h"

// Products of matrices for one instruction set; see Kernels.
namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

void Multiply(const Matmul& m);

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_MATMUL_H_
