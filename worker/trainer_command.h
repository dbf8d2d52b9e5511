#ifndef ISOSHAPE_WORKER_TRAINER_COMMAND_H_
#define ISOSHAPE_WORKER_TRAINER_COMMAND_H_

#include "worker/options.h"
#include "worker/trainer_process.h"

namespace isoshape {

// How many trials a worker trains at the same time on `device` (`cpu` or
// `cuda`): what it was told, else one for each GPU, or as many as there are
// cores for.
int SlotCount(const WorkerOptions& options, const std::string& device);

// The trainer of slot `index` of `slots`.
//
// isoshape-trainer gets --device and --threads. A trainer of the user's own
// gets its command as it is, through the shell, and ISOSHAPE_DEVICE and
// ISOSHAPE_THREADS in its environment. On CUDA each sees one GPU
// (CUDA_VISIBLE_DEVICES); on a CPU, where the slots fill the machine, each is
// bound to cores of its own, or else the trainers would chase each other over
// the cores.
TrainerCommand CommandOfSlot(const WorkerOptions& options,
                             const std::string& device, int index, int slots);

// What `--device auto` most probably comes to; a trainer's ready line says it
// for certain.
std::string GuessDevice(const WorkerOptions& options);

// Share of a trainer's memory that one trial may use, bytes; 0: unknown.
int64_t MemoryOfTrial(int64_t memory_limit_bytes, const std::string& device,
                      int slots);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_COMMAND_H_
