#ifndef ISOSHAPE_COMMON_PROCESS_PROCESS_USE_H_
#define ISOSHAPE_COMMON_PROCESS_PROCESS_USE_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace isoshape {

// What a process of this machine has used since it began.
struct ProcessUse {
  double cpu_seconds = 0;      // of all its threads, user and system
  int64_t written_bytes = 0;   // to disks; 0 if that may not be read
  int64_t resident_bytes = 0;  // that it holds now
};

// As /proc says; nothing if there is no such process.
std::optional<ProcessUse> UseOf(pid_t process);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_PROCESS_USE_H_
