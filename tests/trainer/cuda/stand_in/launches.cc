// Kernels: what nvcc's code in libtorch_cuda calls to register and launch them.
// Those calls are in no header of the runtime.
#include <cuda_runtime_api.h>

#include <string>
#include <unordered_map>

#include "tests/trainer/cuda/stand_in/process.h"
#include "tests/trainer/cuda/stand_in/streams.h"

namespace isoshape::stand_in {
namespace {

constexpr unsigned kMaxThreads = 1024, kMaxGridYZ = 65535;

// Names of kernels. The key is the address of the host function that stands for
// the kernel in the program.
std::unordered_map<const void*, std::string>& KernelNames() {
  static auto* const names = new std::unordered_map<const void*, std::string>;
  return *names;
}

// The arguments of <<<…>>>, which one call pushes and the next one pops.
struct Configuration {
  dim3 grid, block;
  size_t shared_bytes = 0;
  cudaStream_t stream = nullptr;
};
thread_local Configuration configuration;

cudaError_t Launch(const void* kernel, const dim3& grid, const dim3& block,
                   cudaStream_t stream) {
  ISOSHAPE_STAND_IN_CALL();
  const unsigned threads = block.x * block.y * block.z;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > kMaxGridYZ ||
      grid.z > kMaxGridYZ || threads == 0 || threads > kMaxThreads) {
    return Illegal(cudaErrorInvalidConfiguration, "grid and block of a kernel");
  }
  const auto name = KernelNames().find(kernel);
  if (!IsCapturing(stream)) CountLaunch();
  return Enqueue(stream, "launch",
                 static_cast<int64_t>(grid.x) * grid.y * grid.z,
                 name == KernelNames().end() ? "unknown" : name->second);
}

}  // namespace
}  // namespace isoshape::stand_in

using namespace isoshape::stand_in;  // NOLINT: the API is in no namespace

// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

void** __cudaRegisterFatBinary(void* /*binary*/) {
  static void* handle = nullptr;
  return &handle;
}
void __cudaRegisterFatBinaryEnd(void** /*handle*/) {}
void __cudaUnregisterFatBinary(void** /*handle*/) {}
void __cudaRegisterVar(void** /*handle*/, char* /*host*/, char* /*address*/,
                       const char* /*name*/, int /*is_extern*/,
                       size_t /*bytes*/, int /*constant*/, int /*global*/) {}

void __cudaRegisterFunction(void** /*handle*/, const char* host,
                            char* /*device*/, const char* name, int /*limit*/,
                            uint3* /*thread*/, uint3* /*block*/, dim3* /*dim*/,
                            dim3* /*grid*/, int* /*warp_size*/) {
  const Lock lock(Mutex());
  KernelNames()[host] = name;
}

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared_bytes,
                                     CUstream_st* stream) {
  configuration = {grid, block, shared_bytes, stream};
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block,
                                       size_t* shared_bytes, void* stream) {
  *grid = configuration.grid;
  *block = configuration.block;
  *shared_bytes = configuration.shared_bytes;
  *static_cast<cudaStream_t*>(stream) = configuration.stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host) {
  *kernel = static_cast<cudaKernel_t>(const_cast<void*>(host));
  return cudaSuccess;
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block,
                               void** /*arguments*/, size_t /*shared_bytes*/,
                               cudaStream_t stream) {
  return Launch(kernel, grid, block, stream);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

cudaError_t cudaLaunchKernel(const void* kernel, dim3 grid, dim3 block,
                             void** /*arguments*/, size_t /*shared_bytes*/,
                             cudaStream_t stream) {
  return Launch(kernel, grid, block, stream);
}

cudaError_t cudaLaunchCooperativeKernel(const void* kernel, dim3 grid,
                                        dim3 block, void** /*arguments*/,
                                        size_t /*shared_bytes*/,
                                        cudaStream_t stream) {
  return Launch(kernel, grid, block, stream);
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* launch,
                                const void* kernel, void** /*arguments*/) {
  return Launch(kernel, launch->gridDim, launch->blockDim, launch->stream);
}
