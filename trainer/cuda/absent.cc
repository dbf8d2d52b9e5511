#include "trainer/cuda/cuda_device.h"

// Linked where libtorch_cuda cannot be loaded; LibTorch sees no GPU then, so
// that nothing calls these.
namespace isoshape::cuda {

std::string DeviceName() { return ""; }
int64_t DeviceMemoryBytes() { return 0; }
void ResetPeakMemory() {}
int64_t PeakMemoryBytes() { return 0; }

}  // namespace isoshape::cuda
