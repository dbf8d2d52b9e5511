#include "tests/trainer/cuda/stand_in/capture.h"

#include <utility>

#include "tests/trainer/cuda/stand_in/process.h"

namespace isoshape::stand_in {
namespace {

thread_local cudaStreamCaptureMode thread_mode = cudaStreamCaptureModeGlobal;

// Work of another stream that the origin does not come after.
bool HasUnjoinedWork(const Capture& capture) {
  for (const Stream* stream : capture.streams) {
    const int number = stream->number;
    const auto own = stream->before.find(number);
    if (own == stream->before.end()) continue;
    const auto joined = capture.origin->before.find(number);
    if (joined == capture.origin->before.end() ||
        joined->second < own->second) {
      return true;
    }
  }
  return false;
}

// What the capture ended as.
cudaError_t Verdict(const Capture& capture) {
  if (capture.invalid) return cudaErrorStreamCaptureInvalidated;
  if (capture.mode != cudaStreamCaptureModeRelaxed &&
      capture.thread != std::this_thread::get_id()) {
    return cudaErrorStreamCaptureWrongThread;
  }
  return HasUnjoinedWork(capture) ? cudaErrorStreamCaptureUnjoined
                                  : cudaSuccess;
}

}  // namespace

std::set<Capture*>& Captures() {
  static auto* const captures = new std::set<Capture*>;
  return *captures;
}

cudaError_t Break(Capture& capture, cudaError_t error,
                  const std::string& call) {
  capture.invalid = true;
  return Illegal(error, call);
}

cudaError_t Prohibited(const std::string& call) {
  if (thread_mode == cudaStreamCaptureModeRelaxed) return cudaSuccess;
  for (Capture* capture : Captures()) {
    const bool own = capture->thread == std::this_thread::get_id() &&
                     capture->mode != cudaStreamCaptureModeRelaxed;
    const bool global = thread_mode == cudaStreamCaptureModeGlobal &&
                        capture->mode == cudaStreamCaptureModeGlobal;
    if (own || global) {
      return Break(*capture, cudaErrorStreamCaptureUnsupported, call);
    }
  }
  return cudaSuccess;
}

}  // namespace isoshape::stand_in

using namespace isoshape::stand_in;  // NOLINT: the API is in no namespace

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  std::swap(*mode, isoshape::stand_in::thread_mode);
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t handle,
                                   cudaStreamCaptureMode mode) {
  ISOSHAPE_STAND_IN_CALL();
  static unsigned long long captures = 0;
  Stream& stream = StreamOf(handle);
  if (stream.number == 0) {
    return Illegal(cudaErrorStreamCaptureUnsupported,
                   "capture of the default stream");
  }
  if (stream.capture != nullptr) {
    return Illegal(cudaErrorIllegalState, "capture of a capturing stream");
  }
  stream.capture = new Capture;
  stream.capture->id = ++captures;
  stream.capture->mode = mode;
  stream.capture->thread = std::this_thread::get_id();
  stream.capture->origin = &stream;
  stream.capture->streams = {&stream};
  stream.before.clear();
  Captures().insert(stream.capture);
  Log("begin_capture", stream.number, true, 0);
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
  ISOSHAPE_STAND_IN_CALL();
  *graph = nullptr;
  Stream& stream = StreamOf(handle);
  Capture* const capture = stream.capture;
  if (capture == nullptr || capture->origin != &stream) {
    return Illegal(cudaErrorStreamCaptureUnmatched,
                   "end of a capture that did not begin in this stream");
  }
  for (Stream* each : capture->streams) each->capture = nullptr;
  Captures().erase(capture);
  const cudaError_t error = Verdict(*capture);
  Log("end_capture", stream.number, true, capture->graph.nodes);
  if (error == cudaSuccess) {
    *graph = reinterpret_cast<cudaGraph_t>(new Graph(capture->graph));
  }
  delete capture;
  return error == cudaSuccess ? error : Illegal(error, "cudaStreamEndCapture");
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle,
                                  cudaStreamCaptureStatus* status) {
  ISOSHAPE_STAND_IN_CALL();
  const Capture* const capture = StreamOf(handle).capture;
  *status = capture == nullptr ? cudaStreamCaptureStatusNone
            : capture->invalid ? cudaStreamCaptureStatusInvalidated
                               : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t handle,
                                     cudaStreamCaptureStatus* status,
                                     unsigned long long* id, cudaGraph_t* graph,
                                     const cudaGraphNode_t** dependencies,
                                     const cudaGraphEdgeData** edges,
                                     size_t* count) {
  const cudaError_t error = cudaStreamIsCapturing(handle, status);
  Capture* const capture = StreamOf(handle).capture;
  if (error != cudaSuccess || capture == nullptr) return error;
  if (id != nullptr) *id = capture->id;
  if (graph != nullptr) *graph = reinterpret_cast<cudaGraph_t>(&capture->graph);
  if (dependencies != nullptr) *dependencies = nullptr;
  if (edges != nullptr) *edges = nullptr;
  if (count != nullptr) *count = 0;
  return cudaSuccess;
}
