#ifndef ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_STREAMS_H_
#define ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_STREAMS_H_

#include <cuda_runtime_api.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>

namespace isoshape::stand_in {

struct Capture;

// For each capturing stream, by its number, how much of its work comes before.
using WorkBefore = std::map<int, int>;

struct Stream {
  int number = 0;        // 0: the default stream
  bool blocking = true;  // it and the default stream wait for one another
  // The capture that records this stream; null if none does.
  Capture* capture = nullptr;
  WorkBefore before;
};

Stream& StreamOf(cudaStream_t stream);
bool IsCapturing(cudaStream_t stream);

// Puts work that touches those addresses into a stream, or into its capture,
// and logs it as `what` (launch, copy, fill, replay).
cudaError_t Enqueue(cudaStream_t stream, const char* what, int64_t number,
                    const std::string& detail,
                    std::initializer_list<const void*> addresses = {});

// Work that was put into streams so far, by this process.
int64_t WorkSoFar();

// The error of a call that must not be made while a stream is being captured,
// or cudaSuccess.
cudaError_t Prohibited(const std::string& call);

}  // namespace isoshape::stand_in

#endif  // ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_STREAMS_H_
