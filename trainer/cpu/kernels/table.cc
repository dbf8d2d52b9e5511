// The kernels of one instruction set, as a table.
#include "trainer/cpu/kernels/attention.h"
#include "trainer/cpu/kernels/elementwise.h"
#include "trainer/cpu/kernels/matmul.h"
#include "trainer/cpu/kernels/pack.h"

#define ISOSHAPE_QUOTE(NAME) #NAME
#define ISOSHAPE_NAME(NAME) ISOSHAPE_QUOTE(NAME)

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

extern const Kernels kKernels;
const Kernels kKernels = {
    ISOSHAPE_NAME(ISOSHAPE_INSTRUCTION_SET),
    Multiply,
    PackedSize,
    Pack,
#if defined(__AVX512BF16__)
    PackPairs,
    RowsToBf16,
    PairsToBf16,
#else
    nullptr,
    nullptr,
    nullptr,
#endif
    NormForward,
    NormBackward,
    Gelu,
    Swiglu,
    ProductOf,
    AddScaled,
    ScaledSum,
    Rotate,
    AttentionScratch,
    Attention,
    AttentionBackward,
    CrossEntropy,
    SumOfSquares,
    AdamW,
};

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET
