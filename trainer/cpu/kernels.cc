#include "trainer/cpu/kernels.h"

#include <vector>

namespace isoshape::cpu {

namespace baseline {
extern const Kernels kKernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}
namespace avx512_bf16 {
extern const Kernels kKernels;
}
#endif

const Kernels* const* SupportedKernels() {
  static const auto* const supported = [] {
    auto* kernels = new std::vector<const Kernels*>{&baseline::kKernels};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      kernels->push_back(&avx2::kKernels);
      if (__builtin_cpu_supports("avx512f") &&
          __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl")) {
        kernels->push_back(&avx512::kKernels);
        if (__builtin_cpu_supports("avx512bf16")) {
          kernels->push_back(&avx512_bf16::kKernels);
        }
      }
    }
#endif
    kernels->push_back(nullptr);
    return kernels;
  }();
  return supported->data();
}

const Kernels& FastestKernels() {
  const Kernels* const* last = SupportedKernels();
  while (last[1] != nullptr) ++last;
  return **last;
}

}  // namespace isoshape::cpu
