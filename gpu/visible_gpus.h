#ifndef ISOSHAPE_GPU_VISIBLE_GPUS_H_
#define ISOSHAPE_GPU_VISIBLE_GPUS_H_

#include <optional>
#include <string>
#include <vector>

#include "gpu/nvml.h"

namespace isoshape {

// The facts about this machine's GPUs from which SelectGpus finds those that
// CUDA shows.
struct GpuSurvey {
  std::vector<Gpu> gpus;     // by NVML; empty also if there is no NVML
  std::string nvml_trouble;  // Nvml::trouble
  int device_files = 0;      // how many /dev/nvidiaN, whatever their numbers
  std::optional<std::string> visible_devices;  // CUDA_VISIBLE_DEVICES
  std::string device_order;                    // CUDA_DEVICE_ORDER
};
// `devices`: the folder of device files.
GpuSurvey SurveyGpus(const Nvml& nvml = Nvml::Get(),
                     const std::string& devices = "/dev");

// A GPU that CUDA shows to this process.
struct VisibleGpu {
  // The value of CUDA_VISIBLE_DEVICES by which a child sees this GPU alone: its
  // UUID if that is known, else its number.
  std::string selector;
  std::string uuid;  // empty: not known
  std::string name;  // empty: not known
  Gpu::ComputeMode compute_mode = Gpu::ComputeMode::kShared;
};

// The GPUs that CUDA shows to a process of this environment, in CUDA's order,
// by its rules: a name of CUDA_VISIBLE_DEVICES is a number, a UUID or the
// beginning of one; the first that is wrong hides those after it.
struct VisibleGpus {
  std::vector<VisibleGpu> gpus;
  // CUDA_VISIBLE_DEVICES is there to hide all GPUs: empty, or -1.
  bool hidden = false;
  // Why there are none or fewer than named, in one line with the remedy;
  // empty: all is well, or the machine simply has none.
  std::string trouble;
};
VisibleGpus SelectGpus(const GpuSurvey& survey);

}  // namespace isoshape

#endif  // ISOSHAPE_GPU_VISIBLE_GPUS_H_
