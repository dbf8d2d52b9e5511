#include "gpu/nvml.h"

#include <dlfcn.h>

#include <cstdlib>
#include <type_traits>
#include <utility>

namespace isoshape {
namespace {

using Handle = struct nvmlDevice_st*;

// Values of nvml.h.
constexpr int kDriverNotLoaded = 9;
constexpr int kLibraryMismatch = 18;
constexpr int kExclusiveThread = 1;
constexpr int kProhibited = 2;
constexpr int kExclusiveProcess = 3;
constexpr unsigned kMigEnabled = 1;
constexpr unsigned kTextSize = 96;  // NVML_DEVICE_UUID_V2_BUFFER_SIZE

std::string TroubleOf(int error, const char* text) {
  const std::string what = std::string("NVML: ") + text;
  if (error == kLibraryMismatch) {
    return what + "; the driver was updated while it ran: restart the machine";
  }
  if (error == kDriverNotLoaded) {
    return what + "; load it, 'modprobe nvidia'";
  }
  return what + "; see 'nvidia-smi'";
}

}  // namespace

// Functions of the library with the signatures of nvml.h. Each returns 0 if it
// worked.
struct Nvml::Functions {
  int (*init)() = nullptr;
  const char* (*error_text)(int) = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*by_index)(unsigned, Handle*) = nullptr;
  int (*by_uuid)(const char*, Handle*) = nullptr;
  int (*by_bus_id)(const char*, Handle*) = nullptr;
  int (*uuid)(Handle, char*, unsigned) = nullptr;
  int (*name)(Handle, char*, unsigned) = nullptr;
  int (*compute_mode)(Handle, int*) = nullptr;
  int (*energy)(Handle, unsigned long long*) = nullptr;  // millijoules
  // Absent from drivers that know no MIG.
  int (*mig_mode)(Handle, unsigned* current, unsigned* pending) = nullptr;
  int (*mig_count)(Handle, unsigned*) = nullptr;
  int (*mig_by_index)(Handle, unsigned, Handle*) = nullptr;

  // True if all that every driver has was found.
  bool Find(void* library) {
    const auto find = [library](const char* symbol, auto& function) {
      function = reinterpret_cast<std::decay_t<decltype(function)>>(
          dlsym(library, symbol));
      return function != nullptr;
    };
    find("nvmlDeviceGetMigMode", mig_mode);
    find("nvmlDeviceGetMaxMigDeviceCount", mig_count);
    find("nvmlDeviceGetMigDeviceHandleByIndex", mig_by_index);
    return find("nvmlInit_v2", init) && find("nvmlErrorString", error_text) &&
           find("nvmlDeviceGetCount_v2", count) &&
           find("nvmlDeviceGetHandleByIndex_v2", by_index) &&
           find("nvmlDeviceGetHandleByUUID", by_uuid) &&
           find("nvmlDeviceGetHandleByPciBusId_v2", by_bus_id) &&
           find("nvmlDeviceGetUUID", uuid) && find("nvmlDeviceGetName", name) &&
           find("nvmlDeviceGetComputeMode", compute_mode) &&
           find("nvmlDeviceGetTotalEnergyConsumption", energy);
  }

  bool Divided(Handle card) const {
    unsigned current = 0;
    unsigned pending = 0;
    return mig_mode != nullptr && mig_count != nullptr &&
           mig_by_index != nullptr && mig_mode(card, &current, &pending) == 0 &&
           current == kMigEnabled;
  }
  static std::string Text(int (*function)(Handle, char*, unsigned),
                          Handle device) {
    char text[kTextSize] = {};
    return function(device, text, sizeof text) == 0 ? text : "";
  }
  Gpu::ComputeMode ModeOf(Handle card) const {
    int mode = 0;
    if (compute_mode(card, &mode) != 0) return Gpu::ComputeMode::kShared;
    if (mode == kProhibited) return Gpu::ComputeMode::kProhibited;
    return mode == kExclusiveThread || mode == kExclusiveProcess
               ? Gpu::ComputeMode::kExclusive
               : Gpu::ComputeMode::kShared;
  }
};

const Nvml& Nvml::Get() {
  static const Nvml* const nvml = [] {
    const char* file = std::getenv("ISOSHAPE_NVML");
    return new Nvml(file != nullptr ? file : "libnvidia-ml.so.1");
  }();
  return *nvml;
}

// The library stays loaded: it may have threads of its own.
Nvml::Nvml(const std::string& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return;
  auto functions = std::make_unique<Functions>();
  if (!functions->Find(library)) {
    trouble_ = "NVML: " + file + " is of a driver that is too old; update it";
    return;
  }
  if (const int error = functions->init(); error != 0) {
    trouble_ = TroubleOf(error, functions->error_text(error));
    return;
  }
  functions_ = std::move(functions);
}

Nvml::~Nvml() = default;

bool Nvml::usable() const { return functions_ != nullptr; }

std::vector<Gpu> Nvml::Gpus() const {
  std::vector<Gpu> gpus;
  unsigned cards = 0;
  if (!usable() || functions_->count(&cards) != 0) return gpus;
  for (unsigned index = 0; index < cards; ++index) {
    Handle card = nullptr;
    if (functions_->by_index(index, &card) != 0) continue;
    Gpu gpu = {.uuid = Functions::Text(functions_->uuid, card),
               .name = Functions::Text(functions_->name, card),
               .mig = functions_->Divided(card),
               .card_uuid = "",
               .compute_mode = functions_->ModeOf(card)};
    gpu.card_uuid = gpu.uuid;
    if (!gpu.mig) {
      if (!gpu.uuid.empty()) gpus.push_back(std::move(gpu));
      continue;
    }
    unsigned places = 0;
    if (functions_->mig_count(card, &places) != 0) continue;
    for (unsigned place = 0; place < places; ++place) {
      Handle instance = nullptr;
      if (functions_->mig_by_index(card, place, &instance) != 0) continue;
      gpu.uuid = Functions::Text(functions_->uuid, instance);
      if (!gpu.uuid.empty()) gpus.push_back(gpu);
    }
  }
  return gpus;
}

std::optional<double> Nvml::Joules(const std::string& uuid,
                                   const std::string& pci_bus_id) const {
  if (!usable()) return std::nullopt;
  Handle card = nullptr;
  if ((uuid.empty() || functions_->by_uuid(uuid.c_str(), &card) != 0) &&
      (pci_bus_id.empty() ||
       functions_->by_bus_id(pci_bus_id.c_str(), &card) != 0)) {
    return std::nullopt;
  }
  unsigned long long millijoules = 0;
  if (functions_->Divided(card) ||
      functions_->energy(card, &millijoules) != 0) {
    return std::nullopt;
  }
  return static_cast<double>(millijoules) / 1000;
}

}  // namespace isoshape
