#ifndef ISOSHAPE_TRAINER_ENGINE_GPU_TROUBLE_H_
#define ISOSHAPE_TRAINER_ENGINE_GPU_TROUBLE_H_

#include <cstdint>
#include <string>

#include "trainer/cuda/cuda_device.h"

namespace isoshape {

// Less free memory than this holds no run: LibTorch's and cuBLAS's own share is
// about 0.3 GB.
inline constexpr int64_t kMinGpuMemoryBytes = int64_t{512} << 20;

// The machine has no GPU for this process, rather than one that cannot be used:
// `--device auto` trains on the CPU then.
bool HasNoGpu(const cuda::Probe& probe);

// Why the GPU of `probe` cannot be used, in one line with what to do about it;
// empty if it can. `visible` is CUDA_VISIBLE_DEVICES, null if it is not set.
std::string GpuTrouble(const cuda::Probe& probe, const char* visible);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_ENGINE_GPU_TROUBLE_H_
