#include "trainer/cuda/cuda_device.h"

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <cuda_runtime_api.h>

// As ATen/cuda/CUDAContextLight.h declares it, which asks for the headers of
// cuBLAS and cuSPARSE.
namespace at::cuda {
void clearCublasWorkspaces();
}

namespace isoshape::cuda {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

cudaDeviceProp Properties() {
  cudaDeviceProp properties;
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, 0));
  return properties;
}

}  // namespace

std::string DeviceName() { return Properties().name; }

int64_t DeviceMemoryBytes() {
  return static_cast<int64_t>(Properties().totalGlobalMem);
}

// cuBLAS keeps a workspace for each stream and thread that has used it: without
// those of earlier runs, equal runs take the same memory.
void ResetPeakMemory() {
  at::cuda::clearCublasWorkspaces();
  allocator::emptyCache();
  allocator::resetPeakStats(0);
}

int64_t PeakMemoryBytes() {
  const auto statistics = allocator::getDeviceStats(0);
  const auto all =
      static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return statistics.allocated_bytes[all].peak;
}

}  // namespace isoshape::cuda
