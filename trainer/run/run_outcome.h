#ifndef ISOSHAPE_TRAINER_RUN_RUN_OUTCOME_H_
#define ISOSHAPE_TRAINER_RUN_RUN_OUTCOME_H_

#include <cstdint>
#include <stdexcept>

#include "trainer/engine/device.h"
#include "trainer/run/results.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// The exceptions that end a run before its last step.

// A loss that left the numbers, or rose for long.
struct Diverged : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The run needs more memory than there is.
struct OutOfMemory : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The run was told to stop.
struct Stopped {};

// The result of a run that threw what is being handled: one of these, or
// whatever the standard library or LibTorch throws. For `catch (...)`.
RunResult ResultOfException();

// Throws std::invalid_argument if the device does not have the run's precision.
void CheckPrecision(const RunSpec& spec, const Device& device);

// Throws OutOfMemory if `replicas` such runs at once need more than the device
// has: asking for it would end the process, not the run.
void CheckMemory(const RunSpec& spec, int64_t replicas, const Device& device);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_RUN_OUTCOME_H_
