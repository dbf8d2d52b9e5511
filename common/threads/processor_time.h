#ifndef ISOSHAPE_COMMON_THREADS_PROCESSOR_TIME_H_
#define ISOSHAPE_COMMON_THREADS_PROCESSOR_TIME_H_

#include <time.h>

#include "absl/time/time.h"

namespace isoshape {

// What the calling thread has used of a processor since it began.
inline absl::Duration ThreadProcessorTime() {
  timespec used = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return absl::DurationFromTimespec(used);
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_THREADS_PROCESSOR_TIME_H_
