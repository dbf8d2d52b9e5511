#include "worker/trainer/trainer_command.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/process/program_folder.h"
#include "machine/cpus.h"

namespace isoshape {
namespace {

// 0: not said.
int Threads(const WorkerOptions& options, const std::string& device) {
  if (options.threads_per_run > 0) return options.threads_per_run;
  return device == "cpu" ? 1 : 0;
}

}  // namespace

int SlotCount(const WorkerOptions& options, const std::string& device,
              const std::vector<VisibleGpu>& gpus) {
  if (options.slots > 0) return options.slots;
  const int automatic =
      device == "cuda" ? static_cast<int>(gpus.size())
                       : UsableCpus() / std::max(1, Threads(options, device));
  return std::clamp(automatic, 1, kMaxSlots);
}

ChildCommand CommandOfSlot(const WorkerOptions& options,
                           const std::string& device,
                           const std::vector<VisibleGpu>& gpus, int index,
                           int slots) {
  const int threads = Threads(options, device);
  ChildCommand command;
  if (options.trainer.empty()) {
    command.arguments = {absl::StrCat(ProgramFolder(), "/isoshape-trainer"),
                         "--device", options.device};
    if (threads > 0) {
      command.arguments.push_back("--threads");
      command.arguments.push_back(absl::StrCat(threads));
    }
    if (options.cuda_graphs != "auto") {
      command.arguments.push_back("--cuda-graphs");
      command.arguments.push_back(options.cuda_graphs);
    }
  } else {
    command.arguments = {"/bin/sh", "-c", options.trainer};
  }
  command.relay_error = true;
  const char* path = std::getenv("PATH");
  command.environment = {
      absl::StrCat("PATH=", path == nullptr ? "/usr/bin:/bin" : path, ":",
                   ProgramFolder()),
      absl::StrCat("ISOSHAPE_DEVICE=", options.device)};
  if (threads > 0) {
    command.environment.push_back(absl::StrCat("ISOSHAPE_THREADS=", threads));
    command.environment.push_back(absl::StrCat("OMP_NUM_THREADS=", threads));
  }
  if (device == "cuda") {
    if (!gpus.empty()) {
      command.environment.push_back(absl::StrCat(
          "CUDA_VISIBLE_DEVICES=",
          gpus[static_cast<size_t>(index) % gpus.size()].selector));
    }
    return command;
  }
  const std::vector<int> cpus = AllowedCpus();
  if (threads > 0 &&
      static_cast<size_t>(slots) * static_cast<size_t>(threads) ==
          cpus.size()) {
    const auto first = cpus.begin() + std::ptrdiff_t{index} * threads;
    command.cpus.assign(first, first + threads);
  }
  return command;
}

void UseAllProcessors(const std::string& device, WorkerOptions& options) {
  if (device == "cpu" && options.threads_per_run == 0) {
    options.threads_per_run = UsableCpus();
  }
}

std::string GuessDevice(const WorkerOptions& options,
                        const std::vector<VisibleGpu>& gpus) {
  if (options.device != "auto") return options.device;
  return gpus.empty() ? "cpu" : "cuda";
}

int64_t MemoryOfTrial(int64_t memory_limit_bytes, size_t devices, int slots) {
  const int64_t count = std::max<int64_t>(1, static_cast<int64_t>(devices));
  const int64_t sharing = (slots + count - 1) / count;
  return memory_limit_bytes / std::max<int64_t>(1, sharing);
}

}  // namespace isoshape
