#include "worker/gpu/gpu_use.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

// The name of a GPU in messages.
std::string Label(const VisibleGpu& gpu) {
  return absl::StrCat(
      gpu.uuid.empty() ? "GPU " : "", gpu.selector,
      gpu.name.empty() ? "" : absl::StrCat(" (", gpu.name, ")"));
}

// How many GPUs `slots` slots use: they take them in turn.
size_t Used(const std::vector<VisibleGpu>& gpus, int slots) {
  return std::min(gpus.size(), static_cast<size_t>(slots));
}

}  // namespace

absl::Status CheckGpus(const WorkerOptions& options,
                       const VisibleGpus& visible) {
  if (options.device == "cpu") return absl::OkStatus();
  const bool asked = options.device == "cuda";
  if (!visible.trouble.empty() && (asked || !visible.hidden)) {
    return absl::FailedPreconditionError(
        absl::StrCat(visible.trouble, "; or train on the CPU, --device cpu"));
  }
  if (asked && visible.gpus.empty()) {
    return absl::FailedPreconditionError(
        "--device cuda: no GPU is to be seen on this machine; is its driver "
        "loaded (nvidia-smi), and may this container use it? Or train on the "
        "CPU, --device cpu");
  }
  return absl::OkStatus();
}

absl::Status CheckComputeModes(const std::vector<VisibleGpu>& gpus, int slots) {
  for (size_t i = 0; i < Used(gpus, slots); ++i) {
    if (gpus[i].compute_mode == Gpu::ComputeMode::kProhibited) {
      return absl::FailedPreconditionError(
          absl::StrCat(Label(gpus[i]),
                       " is in the mode that lets nobody use it; open it, "
                       "nvidia-smi -i ",
                       gpus[i].selector,
                       " -c DEFAULT, or name another "
                       "in CUDA_VISIBLE_DEVICES"));
    }
    if (gpus[i].compute_mode == Gpu::ComputeMode::kExclusive &&
        gpus.size() < static_cast<size_t>(slots)) {
      return absl::FailedPreconditionError(
          absl::StrCat("--slots ", slots, ": ", Label(gpus[i]),
                       " takes one process alone "
                       "(exclusive mode), and there are ",
                       gpus.size(),
                       " for the slots; "
                       "use --slots ",
                       gpus.size(), ", or share it, nvidia-smi -i ",
                       gpus[i].selector, " -c DEFAULT"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<GpuLock>> LockGpus(
    const std::vector<VisibleGpu>& gpus, int slots, const std::string& folder,
    const std::string& holder) {
  std::vector<GpuLock> locks;
  for (size_t i = 0; i < Used(gpus, slots); ++i) {
    if (gpus[i].uuid.empty()) continue;
    absl::StatusOr<GpuLock> lock = GpuLock::Take(folder, gpus[i].uuid, holder);
    if (lock.ok()) {
      locks.push_back(*std::move(lock));
    } else if (absl::IsAlreadyExists(lock.status())) {
      return lock.status();
    } else {
      spdlog::warn("another worker on {} would not be noticed: {}",
                   Label(gpus[i]), std::string(lock.status().message()));
    }
  }
  return locks;
}

std::string PrecisionNote(const std::string& device, const v1::Lease& lease) {
  if (device != "cuda" || lease.recipe().precision() != v1::Recipe::FP32) {
    return "";
  }
  const absl::StatusOr<TrialName> trial = ParseTrialName(lease.trial().name());
  return absl::StrCat(trial.ok() ? trial->campaign : lease.trial().name(),
                      " trains in fp32, on a GPU some 6 times slower than "
                      "bf16; set recipe.precision to bf16 when you create a "
                      "campaign for GPUs (docs/campaign-file.md)");
}

}  // namespace isoshape
