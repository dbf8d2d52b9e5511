// The part of the CUDA runtime that describes the machine, its cards and its
// errors.
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "tests/trainer/cuda/stand_in/process.h"

namespace isoshape::stand_in {
namespace {

// The properties of an H100 by which LibTorch chooses its kernels and their
// sizes.
constexpr int kMultiprocessors = 132, kWarp = 32;
constexpr int kThreadsInBlock = 1024, kThreadsOnMultiprocessor = 2048;
constexpr int kRegisters = 65536, kL2Bytes = 50 << 20;
constexpr int kSharedBytes = 49152, kSharedBytesAtMost = 232448;
constexpr int kSharedBytesOnMultiprocessor = 233472;
constexpr int kGridX = 2147483647, kGridYZ = 65535;

int OccupiedBlocks(int threads) {
  return threads > 0 ? kThreadsOnMultiprocessor / threads : 1;
}

}  // namespace
}  // namespace isoshape::stand_in

using namespace isoshape::stand_in;  // NOLINT: the API is in no namespace

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 0;
  const auto error = static_cast<cudaError_t>(TheMachine().start_error.load());
  if (error != cudaSuccess) return Return(error);
  *count = static_cast<int>(VisibleCards().size());
  return *count == 0 ? Return(cudaErrorNoDevice) : cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  const std::vector<int> visible = VisibleCards();
  if (device < 0 || device >= static_cast<int>(visible.size())) {
    return Return(cudaErrorInvalidDevice);
  }
  const int number = visible[static_cast<size_t>(device)];
  const Card& card = TheMachine().card[number];
  cudaDeviceProp& p = *properties;
  std::memset(&p, 0, sizeof p);
  std::snprintf(p.name, sizeof p.name, "Stand-in GPU");
  p.uuid.bytes[3] = static_cast<char>(number);  // GPU-0000000N-0000-…
  p.pciBusID = number;
  p.totalGlobalMem = static_cast<size_t>(card.memory_bytes);
  p.major = card.compute_capability / 10;
  p.minor = card.compute_capability % 10;
  p.multiProcessorCount = kMultiprocessors;
  p.warpSize = kWarp;
  p.maxThreadsPerBlock = kThreadsInBlock;
  p.maxThreadsPerMultiProcessor = kThreadsOnMultiprocessor;
  p.maxBlocksPerMultiProcessor = 32;
  p.maxThreadsDim[0] = p.maxThreadsDim[1] = kThreadsInBlock;
  p.maxThreadsDim[2] = 64;
  p.maxGridSize[0] = kGridX;
  p.maxGridSize[1] = p.maxGridSize[2] = kGridYZ;
  p.regsPerBlock = p.regsPerMultiprocessor = kRegisters;
  p.sharedMemPerBlock = kSharedBytes;
  p.sharedMemPerBlockOptin = kSharedBytesAtMost;
  p.sharedMemPerMultiprocessor = kSharedBytesOnMultiprocessor;
  p.reservedSharedMemPerBlock = 1024;
  p.l2CacheSize = kL2Bytes;
  p.totalConstMem = 65536;
  p.textureAlignment = 512;
  p.concurrentKernels = p.unifiedAddressing = 1;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute,
                                   int device) {
  cudaDeviceProp p;
  const cudaError_t error = cudaGetDeviceProperties(&p, device);
  if (error != cudaSuccess) return error;
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount:
      *value = p.multiProcessorCount;
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = p.major;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = p.minor;
      break;
    case cudaDevAttrMaxThreadsPerBlock:
      *value = p.maxThreadsPerBlock;
      break;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      *value = p.maxThreadsPerMultiProcessor;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = kSharedBytes;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = kSharedBytesAtMost;
      break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = kSharedBytesOnMultiprocessor;
      break;
    case cudaDevAttrWarpSize:
      *value = p.warpSize;
      break;
    case cudaDevAttrMaxGridDimX:
      *value = kGridX;
      break;
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ:
      *value = kGridYZ;
      break;
    case cudaDevAttrL2CacheSize:
      *value = p.l2CacheSize;
      break;
    case cudaDevAttrMaxRegistersPerBlock:
      *value = p.regsPerBlock;
      break;
    default:
      *value = 1;
  }
  return cudaSuccess;
}

cudaError_t cudaDeviceGetPCIBusId(char* id, int size, int device) {
  std::snprintf(id, static_cast<size_t>(size), "0000:%02x:00.0",
                VisibleCards()[static_cast<size_t>(device)]);
  return cudaSuccess;
}

cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  *least = 0;
  *greatest = -5;
  return cudaSuccess;
}

cudaError_t cudaDeviceCanAccessPeer(int* can, int /*device*/, int /*peer*/) {
  *can = 0;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = TheMachine().driver_version;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

// Functions of the driver, by name.
cudaError_t cudaGetDriverEntryPointByVersion(
    const char* name, void** function, unsigned /*version*/,
    unsigned long long /*flags*/, cudaDriverEntryPointQueryResult* result) {
  *function = dlsym(RTLD_DEFAULT, name);
  if (result != nullptr) {
    *result = *function != nullptr ? cudaDriverEntryPointSuccess
                                   : cudaDriverEntryPointSymbolNotFound;
  }
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* /*function*/,
                                 cudaFuncAttribute /*attribute*/,
                                 int /*value*/) {
  return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes,
                                  const void* /*function*/) {
  std::memset(attributes, 0, sizeof *attributes);
  attributes->maxThreadsPerBlock = kThreadsInBlock;
  attributes->numRegs = 32;
  attributes->ptxVersion = attributes->binaryVersion =
      CurrentCard().compute_capability;
  attributes->maxDynamicSharedSizeBytes = kSharedBytesAtMost;
  return cudaSuccess;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(
    int* blocks, const void* /*function*/, int threads, size_t /*shared*/) {
  *blocks = OccupiedBlocks(threads);
  return cudaSuccess;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int* blocks, const void* /*function*/, int threads, size_t /*shared*/,
    unsigned /*flags*/) {
  *blocks = OccupiedBlocks(threads);
  return cudaSuccess;
}

// The texts of the runtime, for the errors that the stand-in makes.
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorDevicesUnavailable:
      return "CUDA-capable device(s) is/are busy or unavailable";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated:
      return "operation failed due to a previous error during capture";
    case cudaErrorStreamCaptureUnjoined:
      return "capturing stream has unjoined work";
    case cudaErrorStreamCaptureIsolation:
      return "dependency created on uncaptured work in another stream";
    case cudaErrorStreamCaptureImplicit:
      return "operation would make the legacy stream depend on a capturing "
             "blocking stream";
    case cudaErrorCapturedEvent:
      return "operation not permitted on an event last recorded in a capturing "
             "stream";
    default: {
      static thread_local char text[32];
      std::snprintf(text, sizeof text, "error %d", static_cast<int>(error));
      return text;
    }
  }
}

const char* cudaGetErrorName(cudaError_t error) {
  return cudaGetErrorString(error);
}
