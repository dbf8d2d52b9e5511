#include "trainer/engine/device.h"

#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "machine/cgroup.h"
#include "machine/cpus.h"
#include "trainer/cuda/cuda_device.h"
#include "trainer/engine/gpu_trouble.h"

namespace isoshape {
namespace {

// The number after `key` in a file of lines `key   number …`; 0 if there is no
// such line.
int64_t NumberAfter(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (word != key) continue;
    int64_t value = 0;
    file >> value;
    return value;
  }
  return 0;
}

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

// Memory of the machine, or the limit of the control groups if that is less.
int64_t CpuMemoryLimit() {
  const int64_t limit = NumberAfter("/proc/meminfo", "MemTotal:") * 1024;
  return std::min(limit, ReadCgroupLimits().memory_bytes.value_or(limit));
}

Device OnCpu(Device device) {
  device.name = ProcessorName();
  device.memory_limit_bytes = CpuMemoryLimit();
  return device;
}

}  // namespace

Device OpenDevice(const std::string& name, int threads, int processes) {
  if (name != "auto" && name != "cpu" && name != "cuda") {
    throw std::invalid_argument("device '" + name +
                                "' is none of auto, cpu, cuda");
  }
  Device device;
  device.threads =
      threads > 0 ? threads : std::max(1, UsableCpus() / processes);
  at::set_num_threads(device.threads);
  at::set_num_interop_threads(1);
  at::globalContext().setFlushDenormal(true);
  if (name == "cpu") return OnCpu(std::move(device));
  const cuda::Probe probe = cuda::ProbeDevice();
  if (name == "auto" && HasNoGpu(probe)) return OnCpu(std::move(device));
  if (const std::string trouble =
          GpuTrouble(probe, std::getenv("CUDA_VISIBLE_DEVICES"));
      !trouble.empty()) {
    if (HasNoGpu(probe)) throw std::invalid_argument(trouble);
    throw std::runtime_error(trouble);
  }
  const auto gpus = torch::cuda::device_count();
  if (processes > gpus) {
    throw std::invalid_argument("--processes " + std::to_string(processes) +
                                " needs a GPU for each, "
                                "and " +
                                std::to_string(gpus) +
                                " can be seen; use --processes " +
                                std::to_string(gpus) + ", or --device cpu");
  }
  device.kind = Device::Kind::kCuda;
  // The allocator is initialized before anything asks it for its statistics.
  at::globalContext().lazyInitDevice(torch::kCUDA);
  cuda::Identity identity = cuda::DeviceIdentity();
  device.name = std::move(identity.name);
  device.uuid = std::move(identity.uuid);
  device.pci_bus_id = std::move(identity.pci_bus_id);
  device.memory_limit_bytes = probe.free_bytes;
  // tf32 would be a precision of its own; fp32 means fp32.
  at::globalContext().setAllowTF32CuBLAS(false);
  return device;
}

}  // namespace isoshape
