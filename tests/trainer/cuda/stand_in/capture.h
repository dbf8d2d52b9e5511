#ifndef ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_CAPTURE_H_
#define ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_CAPTURE_H_

#include <cuda_runtime_api.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/trainer/cuda/stand_in/streams.h"

namespace isoshape::stand_in {

// Work that was captured.
struct Graph {
  int64_t nodes = 0;
  int64_t launches = 0;                // of them kernels and products
  std::vector<const void*> addresses;  // on the card, that the others touch
};

// What is being captured. The rules are those of the CUDA programming guide,
// section "Creating a Graph Using Stream Capture".
struct Capture {
  unsigned long long id = 0;
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;
  Stream* origin = nullptr;
  std::set<Stream*> streams;  // origin, and those that joined it
  bool invalid = false;
  Graph graph;
};

// All that is under way.
std::set<Capture*>& Captures();

// A rule of `capture` is broken: it will not become a graph.
cudaError_t Break(Capture& capture, cudaError_t error, const std::string& call);

}  // namespace isoshape::stand_in

#endif  // ISOSHAPE_TESTS_TRAINER_CUDA_STAND_IN_CAPTURE_H_
