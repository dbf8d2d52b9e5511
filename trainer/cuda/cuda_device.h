#ifndef ISOSHAPE_TRAINER_CUDA_CUDA_DEVICE_H_
#define ISOSHAPE_TRAINER_CUDA_CUDA_DEVICE_H_

#include <cstdint>
#include <string>

// What the trainer asks of CUDA itself, for the first visible GPU.
// cuda_device.cc answers where libtorch_cuda can be loaded on the building
// machine; elsewhere it is compiled all the same, and absent.cc is linked.
namespace isoshape::cuda {

// Name of the GPU, and its memory in bytes.
std::string DeviceName();
int64_t DeviceMemoryBytes();

// Forgets the peak of allocated memory, after giving back what is cached and
// what cuBLAS keeps. No work may be under way.
void ResetPeakMemory();
// The most bytes that were allocated at once since then.
int64_t PeakMemoryBytes();

}  // namespace isoshape::cuda

#endif  // ISOSHAPE_TRAINER_CUDA_CUDA_DEVICE_H_
