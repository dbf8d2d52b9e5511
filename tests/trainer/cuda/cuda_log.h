#ifndef ISOSHAPE_TESTS_TRAINER_CUDA_CUDA_LOG_H_
#define ISOSHAPE_TESTS_TRAINER_CUDA_CUDA_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

namespace isoshape {

// A call of a trainer to CUDA, as the stand-in logged it.
struct CudaCall {
  // launch (a kernel or product), copy, fill, sum, replay (of a graph): work
  // that was put into a stream. allocate, free, refuse: memory of the card.
  // pin: page-locked memory. wait: the host waits, for work behind which
  // `number` calls were made since. begin_capture, end_capture. illegal,
  // outside (of a capture under way): faults. lost: the context.
  std::string what;
  int stream = -1;  // 0: the default stream; -1: none
  bool captured = false;
  int64_t number = 0;  // bytes, blocks of a kernel, nodes of a graph, an error
  std::string detail;  // the kernel's name, a copy's route, the function
};

// The calls of CUDA that a trainer made, in order.
class CudaLog {
 public:
  CudaLog() = default;
  explicit CudaLog(std::vector<CudaCall> calls) : calls_(std::move(calls)) {}
  // Reads the file of a log, as far as it has been written.
  static CudaLog Read(const std::string& path);

  const std::vector<CudaCall>& calls() const { return calls_; }
  // The calls from the n-th on.
  CudaLog From(size_t n) const;

  int64_t Count(const std::string& what) const;
  int64_t Sum(const std::string& what) const;  // of their numbers
  // Kernels and products, inside or outside of captures.
  int64_t Launches(bool captured) const;
  // Launches whose names have that in them.
  int64_t LaunchesOf(const std::string& name) const;

  // Calls that break a rule of CUDA, and work that is done beside a capture
  // and so missing in it, a line each.
  std::vector<std::string> Faults() const;
  // Waits of the host that leave the card without work: for the last that it
  // was given, or for copies of memory that is not page-locked.
  std::vector<std::string> Stalls() const;

  // The calls of each step, which begins with the copy of its tokens, `bytes`
  // long. The last, in which whatever follows the steps is, is left out.
  std::vector<CudaLog> Steps(int64_t bytes) const;

 private:
  std::vector<CudaCall> calls_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TRAINER_CUDA_CUDA_LOG_H_
