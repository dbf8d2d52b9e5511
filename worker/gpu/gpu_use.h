#ifndef ISOSHAPE_WORKER_GPU_GPU_USE_H_
#define ISOSHAPE_WORKER_GPU_GPU_USE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gpu/visible_gpus.h"
#include "isoshape/v1/worker.pb.h"
#include "worker/gpu/gpu_lock.h"
#include "worker/options/options.h"

namespace isoshape {

// Checks of the machine's GPUs that a worker makes before it leases anything.
// Errors are one line with the value and the remedy.

// FAILED_PRECONDITION if the worker is to use GPUs, because it was told to or
// because CUDA_VISIBLE_DEVICES names some, and they are not all there.
absl::Status CheckGpus(const WorkerOptions& options,
                       const VisibleGpus& visible);

// FAILED_PRECONDITION if nobody may use a GPU of a slot, or several slots are
// to share one that takes one process alone.
absl::Status CheckComputeModes(const std::vector<VisibleGpu>& gpus, int slots);

// Locks the GPUs of `slots` slots, in files of `folder`. ALREADY_EXISTS if
// another worker has one of them. Those whose UUID is not known, or whose file
// cannot be made, are not locked.
absl::StatusOr<std::vector<GpuLock>> LockGpus(
    const std::vector<VisibleGpu>& gpus, int slots, const std::string& folder,
    const std::string& holder);

// A note for the log if `device` is slow at the precision of a trial; else
// empty.
std::string PrecisionNote(const std::string& device, const v1::Lease& lease);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_GPU_GPU_USE_H_
