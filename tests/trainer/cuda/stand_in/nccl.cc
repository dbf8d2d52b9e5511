// NCCL: a group of processes; sums are launches. Its header is no part of
// PyTorch's packages, so that the functions are declared here.
#include <cuda_runtime_api.h>

#include <cstring>
#include <string>

#include "tests/trainer/cuda/stand_in/memory.h"
#include "tests/trainer/cuda/stand_in/process.h"
#include "tests/trainer/cuda/stand_in/streams.h"

namespace isoshape::stand_in {
namespace {

// Values of ncclResult_t.
constexpr int kOk = 0, kUnhandledCudaError = 1, kInvalidArgument = 4;

struct Communicator {
  int rank = 0, size = 0;
};

struct Id {
  char bytes[128];
};

}  // namespace
}  // namespace isoshape::stand_in

using namespace isoshape::stand_in;  // NOLINT: the API is in no namespace

extern "C" {

int ncclGetVersion(int* version) {
  *version = 22809;
  return kOk;
}

int ncclGetUniqueId(Id* id) {
  std::memset(id->bytes, 7, sizeof id->bytes);
  return kOk;
}

int ncclCommInitRank(Communicator** communicator, int size, Id id, int rank) {
  if (rank < 0 || rank >= size || id.bytes[0] != 7) return kInvalidArgument;
  *communicator = new Communicator{rank, size};
  Log("join", -1, false, rank, "of " + std::to_string(size));
  return kOk;
}

int ncclCommInitRankConfig(Communicator** communicator, int size, Id id,
                           int rank, void* /*config*/) {
  return ncclCommInitRank(communicator, size, id, rank);
}

int ncclCommDestroy(Communicator* communicator) {
  delete communicator;
  return kOk;
}

int ncclCommCount(const Communicator* communicator, int* count) {
  *count = communicator->size;
  return kOk;
}

int ncclCommGetAsyncError(Communicator* /*communicator*/, int* error) {
  *error = ContextError() == cudaSuccess ? kOk : kUnhandledCudaError;
  return kOk;
}

const char* ncclGetErrorString(int /*error*/) {
  return "error of the stand-in";
}
const char* ncclGetLastError(Communicator* /*communicator*/) { return ""; }

int ncclGroupStart() { return kOk; }
int ncclGroupEnd() { return kOk; }

int ncclAllReduce(const void* from, void* to, size_t count, int /*type*/,
                  int /*operation*/, Communicator* /*communicator*/,
                  cudaStream_t stream) {
  const Lock lock(Mutex());
  if (ContextError() != cudaSuccess) return kUnhandledCudaError;
  if (PlaceOf(from) != Place::kDevice || PlaceOf(to) != Place::kDevice) {
    Illegal(cudaErrorIllegalAddress, "sum of what is not on the card");
    return kInvalidArgument;
  }
  const cudaError_t error = Enqueue(stream, "sum", static_cast<int64_t>(count),
                                    "ncclAllReduce", {from, to});
  return error == cudaSuccess ? kOk : kUnhandledCudaError;
}

}  // extern "C"
