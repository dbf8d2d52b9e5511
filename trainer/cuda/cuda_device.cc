#include "trainer/cuda/cuda_device.h"

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <cuda_runtime_api.h>

#include <cstdio>

// As ATen/cuda/CUDAContextLight.h declares it, which asks for the headers of
// cuBLAS and cuSPARSE.
namespace at::cuda {
void clearCublasWorkspaces();
}

namespace isoshape::cuda {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

std::string UuidText(const cudaUUID_t& uuid) {
  std::string text = "GPU";
  for (size_t i = 0; i < sizeof uuid.bytes; ++i) {
    if (i == 0 || i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    char byte[3];
    std::snprintf(byte, sizeof byte, "%02x",
                  static_cast<unsigned char>(uuid.bytes[i]));
    text += byte;
  }
  return text;
}

std::string PciBusIdText(const cudaDeviceProp& properties) {
  char text[32];
  std::snprintf(text, sizeof text, "%08x:%02x:%02x.0",
                static_cast<unsigned>(properties.pciDomainID),
                static_cast<unsigned>(properties.pciBusID),
                static_cast<unsigned>(properties.pciDeviceID));
  return text;
}

}  // namespace

Probe ProbeDevice() {
  Probe probe;
  cudaDriverGetVersion(&probe.driver_version);
  cudaRuntimeGetVersion(&probe.runtime_version);
  int count = 0;
  cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count == 0) error = cudaErrorNoDevice;
  if (error == cudaSuccess) {
    size_t free = 0;
    size_t total = 0;
    error = cudaMemGetInfo(&free, &total);
    probe.free_bytes = static_cast<int64_t>(free);
    probe.total_bytes = static_cast<int64_t>(total);
  }
  probe.error = static_cast<int>(error);
  probe.text = cudaGetErrorString(error);
  cudaGetLastError();  // so that no later check finds it
  return probe;
}

Identity DeviceIdentity() {
  cudaDeviceProp properties;
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, 0));
  return {properties.name, UuidText(properties.uuid), PciBusIdText(properties)};
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
