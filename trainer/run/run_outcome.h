#ifndef ISOSHAPE_TRAINER_RUN_RUN_OUTCOME_H_
#define ISOSHAPE_TRAINER_RUN_RUN_OUTCOME_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

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
// The data are not those that the run asked for.
struct OtherData : std::runtime_error {
  OtherData(const std::string& what, std::string has)
      : std::runtime_error(what), fingerprint(std::move(has)) {}
  std::string fingerprint;  // that they have
};
// The run was told to stop.
struct Stopped {};

// The result of a run that threw what is being handled: one of these, or
// whatever the standard library or LibTorch throws. For `catch (...)`.
//
// Whose fault a failure is follows from its kind: std::runtime_error, which is
// what files, the system and other processes throw, is the machine's, and
// std::logic_error, with which a run is refused, is the run's.
RunResult ResultOfException();

// Throws OtherData if the run asks for data of another fingerprint.
void CheckFingerprint(const RunSpec& spec, const std::string& fingerprint);

// Throws std::invalid_argument if the device does not have the run's precision.
void CheckPrecision(const RunSpec& spec, const Device& device);

// Throws OutOfMemory if `replicas` such runs at once need more than the device
// has: asking for it would end the process, not the run.
void CheckMemory(const RunSpec& spec, int64_t replicas, const Device& device);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_RUN_OUTCOME_H_
