#include "trainer/run/run_outcome.h"

#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <optional>
#include <sstream>
#include <string>

#include "shape/accounting.h"

namespace isoshape {

RunResult ResultOfException() {
  using Outcome = RunResult::Outcome;
  try {
    throw;
  } catch (const Diverged& error) {
    return {Outcome::kDiverged, error.what(), std::nullopt};
  } catch (const Stopped&) {
    return {Outcome::kStopped, "", std::nullopt};
  } catch (const OutOfMemory& error) {
    return {Outcome::kOutOfMemory, error.what(), std::nullopt};
  } catch (const std::bad_alloc&) {
    return {Outcome::kOutOfMemory, "the system gives no more memory",
            std::nullopt};
  } catch (const c10::OutOfMemoryError& error) {
    return {Outcome::kOutOfMemory, error.what_without_backtrace(),
            std::nullopt};
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    // LibTorch's allocator of CPU memory has no error class of its own.
    const bool memory = what.find("can't allocate memory") != std::string::npos;
    return {memory ? Outcome::kOutOfMemory : Outcome::kFailed, what,
            std::nullopt};
  } catch (const std::exception& error) {
    return {Outcome::kFailed, error.what(), std::nullopt};
  }
}

void CheckPrecision(const RunSpec& spec, const Device& device) {
  if (spec.recipe.precision == Precision::kTf32 &&
      device.kind != Device::Kind::kCuda) {
    throw std::invalid_argument(
        "precision tf32 needs a GPU and this run is on the cpu; use fp32 or "
        "bf16");
  }
}

void CheckMemory(const RunSpec& spec, int64_t replicas, const Device& device) {
  const int64_t needed =
      replicas *
      EstimateTrainingMemory(spec.shape, spec.tokens_per_step).total();
  if (device.memory_limit_bytes > 0 && needed > device.memory_limit_bytes) {
    std::ostringstream message;
    message << "training needs about " << needed << " bytes and this "
            << device.kind_name() << " has " << device.memory_limit_bytes
            << "; give a smaller shape or fewer tokens per step";
    throw OutOfMemory(message.str());
  }
}

}  // namespace isoshape
