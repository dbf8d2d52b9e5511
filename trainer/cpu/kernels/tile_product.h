#ifndef ISOSHAPE_TRAINER_CPU_KERNELS_TILE_PRODUCT_H_
#define ISOSHAPE_TRAINER_CPU_KERNELS_TILE_PRODUCT_H_

#include <stdint.h>

#include "trainer/cpu/kernels.h"

namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET {

// Columns of a panel of a packed B that MultiplyByTiles reads.
inline constexpr int64_t kTilePanel = 32;

// Multiply of pairs, by the tiles of tile.h.
void MultiplyByTiles(const Matmul& m);

}  // namespace isoshape::cpu::ISOSHAPE_INSTRUCTION_SET

#endif  // ISOSHAPE_TRAINER_CPU_KERNELS_TILE_PRODUCT_H_
