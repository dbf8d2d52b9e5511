#ifndef ISOSHAPE_TRAINER_RUN_MEMORY_METER_H_
#define ISOSHAPE_TRAINER_RUN_MEMORY_METER_H_

#include <cstdint>

#include "trainer/engine/device.h"

namespace isoshape {

// Peak memory of the process's present run beyond what the process held when
// the run began, bytes: allocated on the GPU, or resident on the CPU. Pages of
// files, such as those of libraries that are read when they are first used, are
// no memory of the run.
class MemoryMeter {
 public:
  // Begins a run: returns what is free to the system and starts counting. Warm
  // up first (trainer/run/warm_up.h).
  explicit MemoryMeter(const Device& device);
  int64_t PeakBytes() const;

 private:
  const Device::Kind kind_;
  int64_t held_ = 0;  // when it was made
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_MEMORY_METER_H_
