#ifndef ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_PROCESS_H_
#define ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_PROCESS_H_

#include <cuda_runtime_api.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "tests/trainer/cuda/stand_in/machine.h"

// A stand-in for CUDA under the real libtorch_cuda, on a machine without a GPU:
// memory is the host's, kernels and products do nothing, the rules that a host
// program must keep are enforced, and each call leaves a line in a log. It
// shows what the trainer asks of a GPU, and what it does when that fails;
// values and times mean nothing.
//
// Preloaded (run.sh), it is found before the real libraries; those need not be
// installed, as empty ones of their names stand for them. A function that
// libtorch_cuda calls and that is not here ends the process with its name.
namespace isoshape::stand_in {

// Guards all that is below, and whatever the other files keep. Recursive, as
// functions of the API call one another.
std::recursive_mutex& Mutex();
using Lock = std::lock_guard<std::recursive_mutex>;

Machine& TheMachine();
// Cards that CUDA_VISIBLE_DEVICES leaves, by index in the machine.
std::vector<int> VisibleCards();
// The card that the calling thread has chosen.
Card& CurrentCard();

// Appends `what stream captured number detail` to the log.
void Log(const char* what, int stream, bool captured, int64_t number,
         const std::string& detail = "");

// Makes `error` the thread's last error and returns it.
cudaError_t Return(cudaError_t error);
// A call that breaks a rule: logged as `illegal`.
cudaError_t Illegal(cudaError_t error, const std::string& call);

// The error of the context, which every call returns once it is lost.
cudaError_t ContextError();
// Counts a launch, and loses the context if this is the one.
void CountLaunch();

}  // namespace isoshape::stand_in

// Begins a call that takes part in the work of a context: holds the lock and
// returns the error of a context that is lost.
#define ISOSHAPE_STAND_IN_CALL()                                        \
  const ::isoshape::stand_in::Lock lock(::isoshape::stand_in::Mutex()); \
  if (const cudaError_t lost = ::isoshape::stand_in::ContextError();    \
      lost != cudaSuccess)                                              \
  return ::isoshape::stand_in::Return(lost)

#endif  // ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_PROCESS_H_
