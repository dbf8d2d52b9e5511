#include "trainer/cpu/kernels.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
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
namespace amx {
extern const Kernels kKernels;
}

namespace {

// Linux gives tile registers to a process that asks for them
// (Documentation/arch/x86/xstate.rst).
bool MayUseTiles() {
  constexpr int kRequestPermission = 0x1023;
  constexpr int kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

// Whether a product by tiles is what the same product is without them. Whole
// numbers of so few digits leave nothing to rounding. It costs a microsecond,
// and a machine (or an emulator) whose tiles are wrong trains by other kernels
// instead of training something else.
bool TilesAreRight() {
  constexpr int64_t kRows = 37, kColumns = 48, kDepth = 80;
  std::vector<float> left(kRows * kDepth), right(kDepth * kColumns);
  for (size_t i = 0; i < left.size(); ++i) {
    left[i] = static_cast<float>(i * 7 % 17) - 8;
  }
  for (size_t i = 0; i < right.size(); ++i) {
    right[i] = static_cast<float>(i * 5 % 13) - 6;
  }
  const auto product = [&](const Kernels& kernels) {
    std::vector<float> pairs(left.size()), sums(kRows * kColumns);
    std::vector<float> packed(
        static_cast<size_t>(kernels.packed_size(kDepth / 2, kColumns)));
    kernels.rows_to_bf16(left.data(), kDepth, kRows, kDepth, pairs.data(),
                         kDepth / 2);
    kernels.pack_pairs(right.data(), kColumns, kDepth, kColumns, false,
                       packed.data());
    kernels.matmul({kRows, kColumns, kDepth / 2, pairs.data(), kDepth / 2,
                    false, packed.data(), 0, true, sums.data(), kColumns, 1,
                    nullptr, nullptr, true});
    return sums;
  };
  return product(amx::kKernels) == product(avx512_bf16::kKernels);
}

}  // namespace
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
          if (__builtin_cpu_supports("amx-tile") &&
              __builtin_cpu_supports("amx-bf16") && MayUseTiles() &&
              TilesAreRight()) {
            kernels->push_back(&amx::kKernels);
          }
        }
      }
    }
#endif
    kernels->push_back(nullptr);
    return kernels;
  }();
  return supported->data();
}

const Kernels& ChosenKernels() {
  const char* const name = std::getenv("ISOSHAPE_KERNELS");
  const std::string wanted = name == nullptr ? "" : name;
  std::string names;
  const Kernels* fastest = nullptr;
  const Kernels* const* kernels = SupportedKernels();  // at least one
  do {
    fastest = *kernels;
    if (wanted == fastest->name) return *fastest;
    names += (names.empty() ? "" : ", ") + std::string(fastest->name);
  } while (*++kernels != nullptr);
  if (!wanted.empty()) {
    // In one line that a terminal can show.
    constexpr size_t kShown = 40;
    std::string shown = wanted.substr(0, kShown);
    for (char& letter : shown) {
      if (letter < ' ' || letter > '~') letter = '?';
    }
    throw std::invalid_argument("ISOSHAPE_KERNELS is '" + shown +
                                "', which this processor does not have; "
                                "unset it, or name one of " +
                                names);
  }
  return *fastest;
}

}  // namespace isoshape::cpu
