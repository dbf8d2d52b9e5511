#ifndef ISOSHAPE_TRAINER_RUN_TENSOR_MEMORY_H_
#define ISOSHAPE_TRAINER_RUN_TENSOR_MEMORY_H_

#include <cstdint>
#include <functional>

namespace isoshape {

// The max bytes that tensors made by `work` take at once, beyond those that
// were there before: exact and without the allocator's reserves, as LibTorch's
// allocators of both devices report each tensor. `work` runs on this thread.
int64_t PeakTensorBytes(const std::function<void()>& work);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_TENSOR_MEMORY_H_
