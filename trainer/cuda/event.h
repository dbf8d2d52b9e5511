#ifndef ISOSHAPE_TRAINER_CUDA_EVENT_H_
#define ISOSHAPE_TRAINER_CUDA_EVENT_H_

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <utility>

namespace isoshape::cuda {

// A point in the work of a stream.
class Event {
 public:
  // `timed`: for SecondsSince.
  explicit Event(const c10::cuda::CUDAStream& stream, bool timed = false) {
    C10_CUDA_CHECK(cudaEventCreateWithFlags(
        &event_, timed ? cudaEventDefault : cudaEventDisableTiming));
    C10_CUDA_CHECK(cudaEventRecord(event_, stream));
  }
  // The runtime keeps what has not happened yet until it has.
  ~Event() {
    if (event_ != nullptr) C10_CUDA_CHECK_WARN(cudaEventDestroy(event_));
  }
  Event(Event&& other) noexcept
      : event_(std::exchange(other.event_, nullptr)) {}
  Event& operator=(Event&&) = delete;

  // `stream` goes on when this has happened.
  void HoldBack(const c10::cuda::CUDAStream& stream) const {
    C10_CUDA_CHECK(cudaStreamWaitEvent(stream, event_, 0));
  }
  // The host waits for it.
  void Wait() const { C10_CUDA_CHECK(cudaEventSynchronize(event_)); }
  // Waits for both. Both must be timed.
  double SecondsSince(const Event& earlier) const {
    C10_CUDA_CHECK(cudaEventSynchronize(event_));
    float milliseconds = 0;
    C10_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, earlier.event_, event_));
    return milliseconds / 1e3;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace isoshape::cuda

#endif  // ISOSHAPE_TRAINER_CUDA_EVENT_H_
