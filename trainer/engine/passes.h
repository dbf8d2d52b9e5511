#ifndef ISOSHAPE_TRAINER_ENGINE_PASSES_H_
#define ISOSHAPE_TRAINER_ENGINE_PASSES_H_

#include <cstdint>

#include "trainer/engine/device.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Bytes that `replicas` runs like `spec` take at once on `device`, about, if
// each passes over `tokens` of a step at a time.
int64_t TrainingMemory(const RunSpec& spec, int64_t replicas, int64_t tokens,
                       const Device& device);

// Passes over equal parts of a step's sequences, whose gradients are summed, by
// which the runs fit into the device's memory: as few as possible, mostly 1; 0
// if not even one sequence at a time fits. Processes of a team pass over their
// share.
int64_t PassesOfStep(const RunSpec& spec, int64_t replicas,
                     const Device& device);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_ENGINE_PASSES_H_
