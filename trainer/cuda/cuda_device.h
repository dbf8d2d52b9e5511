#ifndef ISOSHAPE_TRAINER_CUDA_CUDA_DEVICE_H_
#define ISOSHAPE_TRAINER_CUDA_CUDA_DEVICE_H_

#include <cstdint>
#include <string>

// What the trainer asks of CUDA itself, for the first visible GPU.
// cuda_device.cc is linked if libtorch_cuda can be loaded on the building
// machine; if not, it is still compiled, and absent.cc is linked.
namespace isoshape::cuda {

// What CUDA answers when the GPU is opened.
struct Probe {
  static constexpr int kBuiltWithoutCuda = -1;

  int error = 0;            // a cudaError_t; 0: it can be used
  std::string text;         // what CUDA says of it
  int driver_version = 0;   // CUDA that the driver is for, 13000 for 13.0; 0:
                            // there is no driver
  int runtime_version = 0;  // CUDA that this program needs
  int64_t free_bytes = 0;   // memory that nobody holds
  int64_t total_bytes = 0;
};
// Opens it, which makes CUDA's context.
Probe ProbeDevice();

// What it is called, by NVIDIA and by the driver.
struct Identity {
  std::string name;
  std::string uuid;        // `GPU-…`
  std::string pci_bus_id;  // `00000000:0a:00.0`
};
Identity DeviceIdentity();

// Forgets the peak of allocated memory, after giving back what is cached and
// what cuBLAS keeps. No work may be under way.
void ResetPeakMemory();
// The max bytes that were allocated at once since then.
int64_t PeakMemoryBytes();

}  // namespace isoshape::cuda

#endif  // ISOSHAPE_TRAINER_CUDA_CUDA_DEVICE_H_
