#include "trainer/run/memory_meter.h"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "trainer/cuda/cuda_device.h"

namespace isoshape {
namespace {

// The value of `field` (VmRSS, or its peak VmHWM) of the process, bytes, less
// the pages of files that are resident now. The kernel keeps no peak of the
// rest alone. Pages of files come in while a run warms up, so that they are
// there at the peak.
int64_t ResidentBytes(const std::string& field) {
  std::ifstream file("/proc/self/status");
  int64_t all = 0, of_files = 0, kilobytes = 0;
  for (std::string word; file >> word;) {
    if (word == field + ":" && file >> kilobytes) all = kilobytes;
    if (word == "RssFile:" && file >> kilobytes) of_files = kilobytes;
  }
  return (all - of_files) * 1024;
}

}  // namespace

MemoryMeter::MemoryMeter(const Device& device) : kind_(device.kind) {
  if (kind_ == Device::Kind::kCuda) {
    cuda::ResetPeakMemory();
    held_ = cuda::PeakMemoryBytes();
    return;
  }
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;  // VmHWM := VmRSS
  held_ = ResidentBytes("VmRSS");
}

int64_t MemoryMeter::PeakBytes() const {
  const int64_t peak = kind_ == Device::Kind::kCuda ? cuda::PeakMemoryBytes()
                                                    : ResidentBytes("VmHWM");
  return std::max<int64_t>(0, peak - held_);
}

}  // namespace isoshape
