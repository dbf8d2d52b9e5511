#include "trainer/engine/device.h"

#include <ATen/Parallel.h>
#include <sched.h>
#include <torch/cuda.h>
#include <torch/torch.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>

#include "trainer/cuda/cuda_device.h"

namespace isoshape {
namespace {

// The number after `key` in a file of lines `key   number …`; 0 where absent.
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

// Of the machine, or of the control group where that is less.
int64_t CpuMemoryLimit() {
  int64_t limit = NumberAfter("/proc/meminfo", "MemTotal:") * 1024;
  std::ifstream file("/sys/fs/cgroup/memory.max");
  int64_t group = 0;
  if (file >> group && group > 0) limit = std::min(limit, group);
  return limit;
}

int AllowedCores() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return std::max(1, CPU_COUNT(&cpus));
}

}  // namespace

Device OpenDevice(const std::string& name, int threads, int processes) {
  if (name != "auto" && name != "cpu" && name != "cuda") {
    throw std::invalid_argument("device '" + name +
                                "' is none of auto, cpu, cuda");
  }
  Device device;
  device.threads =
      threads > 0 ? threads : std::max(1, AllowedCores() / processes);
  at::set_num_threads(device.threads);
  at::set_num_interop_threads(1);
  at::globalContext().setFlushDenormal(true);
  const bool has_cuda = torch::cuda::is_available();
  if (name == "cuda" && !has_cuda) {
    throw std::invalid_argument(
        "device cuda: no usable GPU is visible to this process; use --device "
        "cpu, or check the driver and CUDA_VISIBLE_DEVICES");
  }
  if (name == "cpu" || !has_cuda) {
    device.name = ProcessorName();
    device.memory_limit_bytes = CpuMemoryLimit();
    return device;
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
  // Before anything asks the allocator for its statistics.
  at::globalContext().lazyInitDevice(torch::kCUDA);
  device.name = cuda::DeviceName();
  device.memory_limit_bytes = cuda::DeviceMemoryBytes();
  // tf32 would be a precision of its own; fp32 means fp32.
  at::globalContext().setAllowTF32CuBLAS(false);
  return device;
}

}  // namespace isoshape
