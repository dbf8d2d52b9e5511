#ifndef ISOSHAPE_WORKER_TRAINER_TRAINER_COMMAND_H_
#define ISOSHAPE_WORKER_TRAINER_TRAINER_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/process/child_process.h"
#include "gpu/visible_gpus.h"
#include "worker/options/options.h"

namespace isoshape {

// Returns how many trials a worker trains at the same time on `device` (`cpu`
// or `cuda`): what it was told, else one for each of `gpus`, or as many as
// there are cores for.
int SlotCount(const WorkerOptions& options, const std::string& device,
              const std::vector<VisibleGpu>& gpus);

// The trainer of slot `index` of `slots`.
//
// isoshape-trainer gets --device, --threads and --cuda-graphs. A trainer of the
// user's own gets its command as it is, through the shell, and ISOSHAPE_DEVICE
// and ISOSHAPE_THREADS in its environment; the worker's own folder comes last
// in its PATH, so that it may name isoshape-trainer. On CUDA each sees one of
// `gpus` (CUDA_VISIBLE_DEVICES), which the slots take in turn; on a CPU, if the
// slots fill the machine, each is bound to cores of its own, or else the
// trainers would chase each other over the cores.
ChildCommand CommandOfSlot(const WorkerOptions& options,
                           const std::string& device,
                           const std::vector<VisibleGpu>& gpus, int index,
                           int slots);

// Gives a run on `device` a thread on each processor, if that is a CPU and the
// options do not say how many: of a worker that trains one run at a time.
void UseAllProcessors(const std::string& device, WorkerOptions& options);

// Guesses what `--device auto` comes to; a trainer's ready line says it for
// certain.
std::string GuessDevice(const WorkerOptions& options,
                        const std::vector<VisibleGpu>& gpus);

// Memory that one trial may use, bytes, when `slots` slots share `devices`
// GPUs, or one CPU, each of which has `memory_limit_bytes`; 0: unknown.
int64_t MemoryOfTrial(int64_t memory_limit_bytes, size_t devices, int slots);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_TRAINER_COMMAND_H_
