#ifndef ISOSHAPE_TRAINER_RUN_ENERGY_METER_H_
#define ISOSHAPE_TRAINER_RUN_ENERGY_METER_H_

#include <optional>
#include <string>

#include "gpu/nvml.h"
#include "trainer/engine/device.h"

namespace isoshape {

// Energy that the GPU of this process has used since the meter was made, all
// programs on it together, by NVML. CUDA and NVML number GPUs differently, so
// that the GPU goes by its UUID or its place on the PCI bus, never by number.
class EnergyMeter {
 public:
  explicit EnergyMeter(const Device& device);
  EnergyMeter(const Device& device, const Nvml& nvml);

  // Nothing on a CPU, without NVML, and if NVML does not know the energy of
  // this GPU alone (Nvml::Joules).
  std::optional<double> Joules() const;

 private:
  std::optional<double> Total() const;

  const Nvml* const nvml_;  // null: there is no GPU
  const std::string uuid_;
  const std::string pci_bus_id_;
  const std::optional<double> begin_;  // joules since the driver was loaded
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_ENERGY_METER_H_
