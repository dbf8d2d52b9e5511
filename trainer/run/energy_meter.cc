#include "trainer/run/energy_meter.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string>
#include <type_traits>

namespace isoshape {
namespace {

// The part of NVML that is needed, by the signatures of nvml.h; every function
// returns 0 where it worked.
struct Nvml {
  using GpuHandle = struct nvmlDevice_st*;

  int (*init)() = nullptr;
  int (*by_index)(unsigned, GpuHandle*) = nullptr;
  int (*by_uuid)(const char*, GpuHandle*) = nullptr;
  int (*energy)(GpuHandle, unsigned long long*) = nullptr;  // millijoules

  // Stays loaded.
  static Nvml Load() {
    Nvml nvml;
    void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return nvml;
    const auto find = [library](const char* name, auto& function) {
      function = reinterpret_cast<std::decay_t<decltype(function)>>(
          dlsym(library, name));
    };
    find("nvmlInit_v2", nvml.init);
    find("nvmlDeviceGetHandleByIndex_v2", nvml.by_index);
    find("nvmlDeviceGetHandleByUUID", nvml.by_uuid);
    find("nvmlDeviceGetTotalEnergyConsumption", nvml.energy);
    return nvml;
  }
  bool ok() const {
    return init != nullptr && by_index != nullptr && by_uuid != nullptr &&
           energy != nullptr && init() == 0;
  }
};

// The GPU that CUDA calls 0: the first of CUDA_VISIBLE_DEVICES.
bool FirstGpu(const Nvml& nvml, Nvml::GpuHandle* gpu) {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  std::string first = visible == nullptr ? "" : visible;
  first = first.substr(0, first.find(','));
  if (first.find('-') != std::string::npos) {
    return nvml.by_uuid(first.c_str(), gpu) == 0;
  }
  const long index = std::strtol(first.c_str(), nullptr, 10);
  return nvml.by_index(static_cast<unsigned>(index), gpu) == 0;
}

}  // namespace

EnergyMeter::EnergyMeter(const Device& device)
    : cuda_(device.kind == Device::Kind::kCuda), begin_(Total()) {}

std::optional<double> EnergyMeter::Joules() const {
  const std::optional<double> now = Total();
  if (!now.has_value() || !begin_.has_value()) return std::nullopt;
  return *now - *begin_;
}

std::optional<double> EnergyMeter::Total() const {
  if (!cuda_) return std::nullopt;
  static const Nvml nvml = Nvml::Load();
  static const bool usable = nvml.ok();
  Nvml::GpuHandle gpu = nullptr;
  unsigned long long millijoules = 0;
  if (!usable || !FirstGpu(nvml, &gpu) || nvml.energy(gpu, &millijoules) != 0) {
    return std::nullopt;
  }
  return static_cast<double>(millijoules) / 1000;
}

}  // namespace isoshape
