#ifndef ISOSHAPE_SCALING_STATISTICS_PARALLEL_H_
#define ISOSHAPE_SCALING_STATISTICS_PARALLEL_H_

#include <functional>

#include "absl/functional/function_ref.h"

namespace isoshape {

// How a long computation is carried out; no answer depends on it.
struct Execution {
  int threads = 0;  // 0: UsableCpus (machine/cpus.h)
  // Called now and then on the caller's thread.
  std::function<void(int done, int total)> progress = {};
};

// Calls task(i) once for every i in 0..count - 1, on several threads, the
// caller's among them, and returns when all calls have. `task` must be safe to
// call from several threads. If the computation is cancelled
// (common/threads/cancellation.h), the calls that remain are left out; so too
// if one throws, whose exception the caller gets when the threads have ended.
// Where no thread is to be had, those that are there do it.
void ForEachIndex(int count, const Execution& execution,
                  absl::FunctionRef<void(int)> task);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_PARALLEL_H_
