#include "trainer/engine/gpu_trouble.h"

#include <iomanip>
#include <sstream>

namespace isoshape {
namespace {

// Values of cudaError_t, which are CUDA's promise; this file is compiled
// without CUDA too.
constexpr int kMemoryAllocation = 2;
constexpr int kInsufficientDriver = 35;
constexpr int kDevicesUnavailable = 46;
constexpr int kNoDevice = 100;
constexpr int kInvalidDevice = 101;
constexpr int kEccUncorrectable = 214;
constexpr int kSystemNotReady = 802;
constexpr int kSystemDriverMismatch = 803;

// `13.0` of 13000.
std::string Version(int version) {
  std::ostringstream out;
  out << version / 1000 << '.' << version % 1000 / 10;
  return out.str();
}

std::string Gigabytes(int64_t bytes) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / 1e9
      << " GB";
  return out.str();
}

std::string DriverTooOld(const cuda::Probe& probe) {
  std::ostringstream out;
  out << "the driver is for CUDA " << Version(probe.driver_version)
      << " and this trainer needs " << Version(probe.runtime_version)
      << "; update the driver, or build the trainer with a LibTorch for that "
         "CUDA";
  return out.str();
}

std::string NotVisible(const char* visible) {
  std::ostringstream out;
  out << "no GPU is visible to this process: CUDA_VISIBLE_DEVICES is ";
  if (visible == nullptr) {
    out << "not set";
  } else {
    out << '\'' << visible << '\'';
  }
  out << "; check it and nvidia-smi, or use --device cpu";
  return out.str();
}

std::string Remedy(const cuda::Probe& probe, const char* visible) {
  switch (probe.error) {
    case kMemoryAllocation:
      return "other processes hold all of its memory; end them (nvidia-smi "
             "lists them), or name another GPU in CUDA_VISIBLE_DEVICES";
    case kInsufficientDriver:
      if (probe.driver_version > 0) return DriverTooOld(probe);
      return "no NVIDIA driver is loaded; load one, or use --device cpu";
    case kDevicesUnavailable:
      return "another process has it to itself (exclusive mode), or nobody may "
             "use it (prohibited); end that process (nvidia-smi lists it), or "
             "share the GPU: nvidia-smi -c DEFAULT";
    case kNoDevice:
    case kInvalidDevice:
      return NotVisible(visible);
    case kSystemNotReady:
      return "the machine's GPUs are not ready; start nvidia-fabricmanager";
    case kSystemDriverMismatch:
      return "the driver was updated while it ran; restart the machine";
    case kEccUncorrectable:
      return "its memory is faulty; see dmesg for Xid errors and reset it, "
             "nvidia-smi -r";
    default:
      return "see dmesg for Xid errors; a GPU that is lost (cable, power) "
             "comes back with a reset, nvidia-smi -r, or a restart";
  }
}

}  // namespace

bool HasNoGpu(const cuda::Probe& probe) {
  return probe.error == cuda::Probe::kBuiltWithoutCuda ||
         probe.error == kNoDevice ||
         (probe.error == kInsufficientDriver && probe.driver_version == 0);
}

std::string GpuTrouble(const cuda::Probe& probe, const char* visible) {
  std::ostringstream out;
  out << "device cuda: ";
  if (probe.error == cuda::Probe::kBuiltWithoutCuda) {
    out << "this trainer was built without CUDA; build it with a LibTorch for "
           "CUDA, or use --device cpu";
  } else if (probe.error != 0) {
    out << Remedy(probe, visible) << " (CUDA error " << probe.error << ": "
        << probe.text << ')';
  } else if (probe.free_bytes < kMinGpuMemoryBytes) {
    out << Gigabytes(probe.free_bytes) << " of " << Gigabytes(probe.total_bytes)
        << " are free, and the smallest run needs "
        << Gigabytes(kMinGpuMemoryBytes)
        << "; end what holds the rest (nvidia-smi lists it), or name another "
           "GPU in CUDA_VISIBLE_DEVICES";
  } else {
    return "";
  }
  return out.str();
}

}  // namespace isoshape
