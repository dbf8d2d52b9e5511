#ifndef ISOSHAPE_TRAINER_ENGINE_DEVICE_H_
#define ISOSHAPE_TRAINER_ENGINE_DEVICE_H_

#include <cstdint>
#include <string>

namespace isoshape {

namespace parallel {
class ProcessTeam;
}

// The device that this process trains on: the CPU, or the first visible GPU.
struct Device {
  enum class Kind { kCpu, kCuda };
  Kind kind = Kind::kCpu;
  std::string name;  // of the processor or GPU
  // Memory that this process may use; on a GPU, the memory that was free when
  // it was opened. 0: unknown.
  int64_t memory_limit_bytes = 0;
  std::string uuid;        // of the GPU, `GPU-…`
  std::string pci_bus_id;  // of the GPU
  int threads = 1;         // that a run computes with (CPU)
  bool graphs = false;     // whole steps as CUDA graphs
  // Processes that share each run, of which this is rank 0; null: this alone.
  parallel::ProcessTeam* team = nullptr;

  const char* kind_name() const { return kind == Kind::kCuda ? "cuda" : "cpu"; }
};

// Opens `auto`, `cpu` or `cuda` and sets up the process for it: threads (0: an
// equal share, for each of `processes` that are set up so, of the cores that it
// may use), denormals flushed to zero. On GPUs each process needs one.
// Throws, one line with the remedy: std::invalid_argument if there is no such
// device, std::runtime_error if there is a GPU that cannot be used; then also
// for `auto`, which would train at a hundredth of the speed without a word.
Device OpenDevice(const std::string& name, int threads, int processes = 1);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_ENGINE_DEVICE_H_
