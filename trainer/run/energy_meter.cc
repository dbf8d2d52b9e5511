#include "trainer/run/energy_meter.h"

#include "gpu/nvml.h"

namespace isoshape {

EnergyMeter::EnergyMeter(const Device& device)
    : EnergyMeter(device, Nvml::Get()) {}

EnergyMeter::EnergyMeter(const Device& device, const Nvml& nvml)
    : nvml_(device.kind == Device::Kind::kCuda ? &nvml : nullptr),
      uuid_(device.uuid),
      pci_bus_id_(device.pci_bus_id),
      begin_(Total()) {}

std::optional<double> EnergyMeter::Joules() const {
  const std::optional<double> now = Total();
  if (!now.has_value() || !begin_.has_value()) return std::nullopt;
  return *now - *begin_;
}

std::optional<double> EnergyMeter::Total() const {
  if (nvml_ == nullptr) return std::nullopt;
  return nvml_->Joules(uuid_, pci_bus_id_);
}

}  // namespace isoshape
