#ifndef ISOSHAPE_TRAINER_RUN_ENERGY_METER_H_
#define ISOSHAPE_TRAINER_RUN_ENERGY_METER_H_

#include <optional>

#include "trainer/engine/device.h"

namespace isoshape {

// Energy that the GPU of this process has used since the meter was made, all
// programs on it together, by NVML (libnvidia-ml.so.1, loaded where it is).
class EnergyMeter {
 public:
  explicit EnergyMeter(const Device& device);

  // Nothing on a CPU, without NVML, and on GPUs that do not count (before
  // Volta).
  std::optional<double> Joules() const;

 private:
  std::optional<double> Total() const;

  const bool cuda_;
  std::optional<double> begin_;  // joules since the driver was loaded
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_ENERGY_METER_H_
