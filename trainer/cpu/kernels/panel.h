#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_PANEL_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_PANEL_H_

#include "trainer/cpu/kernels/vector.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

// Columns of B that a tile of C takes. A packed B is a row of panels [depth,
// kPanel], the last of them padded with zeros.
inline constexpr int64_t kPanel = 2 * kLanes;

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_PANEL_H_
