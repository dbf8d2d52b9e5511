// libcuda.so.1, the driver: the few calls that LibTorch makes to it.
#include <cuda.h>

CUresult cuDevicePrimaryCtxGetState(CUdevice /*device*/, unsigned* flags,
                                    int* active) {
  *flags = 0;
  *active = 1;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  static char primary;
  *context = reinterpret_cast<CUcontext>(&primary);
  return CUDA_SUCCESS;
}
