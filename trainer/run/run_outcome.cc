#include "trainer/run/run_outcome.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "trainer/engine/passes.h"

namespace isoshape {

namespace {

bool SaysAny(const std::string& what,
             std::initializer_list<const char*> phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](const char* phrase) {
    return what.find(phrase) != std::string::npos;
  });
}

// Looks at the text too, because LibTorch has no class of its own for two
// cases: its allocator on a CPU, and libraries that allocate for themselves.
bool IsOutOfMemory(const c10::Error& error, const std::string& what) {
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         SaysAny(what, {"can't allocate memory", "out of memory",
                        "cudaErrorMemoryAllocation", "_STATUS_ALLOC_FAILED"});
}

// A CUDA error stays: an illegal address, a launch that failed or memory that
// the hardware found damaged leaves no context that could be used again, and
// every later call in the process fails with it.
bool IsDeviceLost(const c10::Error& error, const std::string& what) {
  return dynamic_cast<const c10::AcceleratorError*>(&error) != nullptr ||
         SaysAny(what, {"CUDA error", "CUDNN_STATUS_EXECUTION_FAILED",
                        "CUDNN_STATUS_INTERNAL_ERROR"});
}

// A library that is loaded when it is first needed.
bool IsLibraryMissing(const std::string& what) {
  return SaysAny(what, {"Error in dlopen", "cannot open shared object file"});
}

RunResult Failed(std::string what, bool worker_fault) {
  RunResult result{RunResult::Outcome::kFailed, std::move(what), std::nullopt};
  result.worker_fault = worker_fault;
  return result;
}

RunResult ResultOf(const c10::Error& error) {
  using Outcome = RunResult::Outcome;
  std::string what = error.what_without_backtrace();
  if (IsOutOfMemory(error, what)) {
    return {Outcome::kOutOfMemory, what, std::nullopt};
  }
  if (!IsDeviceLost(error, what)) {
    return Failed(what, IsLibraryMissing(what));
  }
  what.resize(std::min(what.size(), what.find('\n')));  // then advice
  RunResult result = Failed(
      "the device failed: " + what +
          "; this trainer ends and another must be started; if that fails "
          "too, look at nvidia-smi and at the system's log for Xid",
      /*worker_fault=*/true);
  result.outcome = Outcome::kDeviceLost;
  return result;
}

}  // namespace

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
  } catch (const c10::Error& error) {
    return ResultOf(error);
  } catch (const OtherData& error) {
    RunResult result = Failed(error.what(), /*worker_fault=*/true);
    result.other_data = error.fingerprint;
    return result;
  } catch (const std::runtime_error& error) {
    return Failed(error.what(), /*worker_fault=*/true);
  } catch (const std::exception& error) {
    return Failed(error.what(), /*worker_fault=*/false);
  }
}

void CheckFingerprint(const RunSpec& spec, const std::string& fingerprint) {
  if (spec.data_fingerprint.empty() || spec.data_fingerprint == fingerprint) {
    return;
  }
  throw OtherData("data " + spec.data_path + " have the fingerprint " +
                      fingerprint + " and the run asks for " +
                      spec.data_fingerprint +
                      "; give this machine the data that the others have",
                  fingerprint);
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
  if (PassesOfStep(spec, replicas, device) > 0) return;
  std::ostringstream message;
  message << "training needs about "
          << TrainingMemory(spec, replicas, spec.shape.context, device)
          << " bytes for one sequence at a time and this " << device.kind_name()
          << " has " << device.memory_limit_bytes << "; give a smaller shape"
          << (replicas > 1 ? " or fewer at once" : "");
  throw OutOfMemory(message.str());
}

}  // namespace isoshape
