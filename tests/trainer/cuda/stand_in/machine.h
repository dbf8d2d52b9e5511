#ifndef ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_MACHINE_H_
#define ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_MACHINE_H_

#include <atomic>
#include <cstdint>

// The GPUs of the stand-in, in a file that the processes that use them and the
// test map together, so that a test can look at them and make them fail while a
// trainer runs. All zero is not a machine: Machine's initialisers make one.
namespace isoshape::stand_in {

inline constexpr int kMaxCards = 8;

struct Card {
  // Properties.
  std::atomic<int64_t> memory_bytes{int64_t{80} << 30};
  std::atomic<int> compute_capability{90};

  // Faults that a test asks for. Allocations are counted by `attempts`; those
  // from `refuse_from` on, before `refuse_until`, find no memory.
  std::atomic<int64_t> refuse_from{0}, refuse_until{0};
  // When `launches` gets to it, a process loses its context for good (an
  // illegal address); 0: never.
  std::atomic<int64_t> die_at_launch{0};

  // Use of the card by all processes.
  std::atomic<int64_t> used_bytes{0}, peak_bytes{0};
  std::atomic<int64_t> attempts{0};  // allocations, on the card or page-locked
  std::atomic<int64_t> launches{0};  // kernels and products
};

struct Machine {
  std::atomic<int> cards{1};
  std::atomic<int> driver_version{13000};
  // The cudaError_t that CUDA returns when a process counts the GPUs.
  std::atomic<int> start_error{0};
  Card card[kMaxCards];
};

// Names the folder that holds the file of the machine, kMachineFile, and that
// gets a log from each process, named by its process id. Without it the
// stand-in is a machine of the default kind and writes nothing.
inline constexpr char kFolderVariable[] = "ISOSHAPE_STAND_IN";
inline constexpr char kMachineFile[] = "machine";

}  // namespace isoshape::stand_in

#endif  // ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_MACHINE_H_
