#ifndef ISOSHAPE_WORKER_GPU_GPU_LOCK_H_
#define ISOSHAPE_WORKER_GPU_GPU_LOCK_H_

#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

// The right of one worker of this machine to a GPU: a file of the GPU's UUID
// that is locked. The kernel frees it when the process ends, however it does;
// the file stays.
class GpuLock {
 public:
  // ALREADY_EXISTS, naming the holder, if another process has it; UNAVAILABLE
  // if there can be no such file. `holder`: for people.
  static absl::StatusOr<GpuLock> Take(const std::string& folder,
                                      const std::string& uuid,
                                      const std::string& holder);

  GpuLock(GpuLock&& other) noexcept;
  GpuLock& operator=(GpuLock&&) = delete;
  ~GpuLock();

 private:
  explicit GpuLock(int file) : file_(file) {}

  int file_;  // -1: moved from
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_GPU_GPU_LOCK_H_
