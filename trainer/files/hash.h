#ifndef ISOSHAPE_TRAINER_FILES_HASH_H_
#define ISOSHAPE_TRAINER_FILES_HASH_H_

#include <cstdint>

namespace isoshape {

// A checksum against accidents, not against malice: `size` bytes at `data`
// mixed into `seed`, the same on every machine of little-endian bytes.
uint64_t HashBytes(const void* data, int64_t size, uint64_t seed = 0);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_FILES_HASH_H_
