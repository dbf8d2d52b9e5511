// Streams and events. Work is done when it is put into a stream, so that no
// wait takes long; the log says how much work a wait is behind.
#include "tests/trainer/cuda/stand_in/streams.h"

#include <algorithm>

#include "tests/trainer/cuda/stand_in/capture.h"
#include "tests/trainer/cuda/stand_in/memory.h"
#include "tests/trainer/cuda/stand_in/process.h"

namespace isoshape::stand_in {
namespace {

struct Event {
  bool recorded = false, timed = false;
  unsigned long long capture = 0;  // recorded in it; 0: in none
  WorkBefore before;
  int64_t work = 0;  // that was there when it was recorded
};

int64_t work_so_far = 0;

Event& EventOf(cudaEvent_t event) { return *reinterpret_cast<Event*>(event); }

Capture* CaptureById(unsigned long long id) {
  for (Capture* capture : Captures()) {
    if (capture->id == id) return capture;
  }
  return nullptr;
}

// An event that was recorded in a capture that is under way is no event of the
// card.
cudaError_t NotCaptured(const Event& event, const char* call) {
  if (event.capture == 0) return cudaSuccess;
  Capture* const capture = CaptureById(event.capture);
  return capture != nullptr ? Break(*capture, cudaErrorCapturedEvent, call)
                            : Illegal(cudaErrorCapturedEvent, call);
}

cudaError_t NotCapturing(const Stream& stream, const char* call) {
  return stream.capture == nullptr
             ? cudaSuccess
             : Break(*stream.capture, cudaErrorStreamCaptureUnsupported, call);
}

cudaError_t AddToCapture(Stream& stream, const char* what,
                         std::initializer_list<const void*> addresses) {
  Capture& capture = *stream.capture;
  if (capture.invalid) return Return(cudaErrorStreamCaptureInvalidated);
  ++stream.before[stream.number];
  ++capture.graph.nodes;
  if (std::string(what) == "launch") ++capture.graph.launches;
  for (const void* address : addresses) {
    if (PlaceOf(address) == Place::kDevice) {
      capture.graph.addresses.push_back(address);
    }
  }
  return cudaSuccess;
}

// Work outside of the captures that are under way.
cudaError_t BesideCaptures(const Stream& stream, const std::string& what) {
  for (Capture* capture : Captures()) {
    Log("outside", stream.number, false, 0, what);
    if (stream.number == 0 && capture->origin->blocking) {
      return Break(*capture, cudaErrorStreamCaptureImplicit, what);
    }
  }
  return cudaSuccess;
}

cudaError_t CreateEvent(cudaEvent_t* event, unsigned flags) {
  ISOSHAPE_STAND_IN_CALL();
  auto* const created = new Event;
  created->timed = (flags & cudaEventDisableTiming) == 0;
  *event = reinterpret_cast<cudaEvent_t>(created);
  return cudaSuccess;
}

}  // namespace

Stream& StreamOf(cudaStream_t stream) {
  static auto* const default_stream = new Stream;
  if (stream == nullptr || stream == cudaStreamLegacy ||
      stream == cudaStreamPerThread) {
    return *default_stream;
  }
  return *reinterpret_cast<Stream*>(stream);
}

bool IsCapturing(cudaStream_t stream) {
  return StreamOf(stream).capture != nullptr;
}

int64_t WorkSoFar() { return work_so_far; }

cudaError_t Enqueue(cudaStream_t handle, const char* what, int64_t number,
                    const std::string& detail,
                    std::initializer_list<const void*> addresses) {
  Stream& stream = StreamOf(handle);
  const bool captured = stream.capture != nullptr;
  const cudaError_t error = captured
                                ? AddToCapture(stream, what, addresses)
                                : BesideCaptures(stream, what + (' ' + detail));
  if (error != cudaSuccess) return error;
  if (!captured) ++work_so_far;
  Log(what, stream.number, captured, number, detail);
  return cudaSuccess;
}

}  // namespace isoshape::stand_in

using namespace isoshape::stand_in;  // NOLINT: the API is in no namespace

cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags,
                                         int /*priority*/) {
  ISOSHAPE_STAND_IN_CALL();
  static int streams = 0;
  auto* const created = new Stream;
  created->number = ++streams;
  created->blocking = (flags & cudaStreamNonBlocking) == 0;
  *stream = reinterpret_cast<cudaStream_t>(created);
  return cudaSuccess;
}

// LibTorch's streams live as long as the process.
cudaError_t cudaStreamDestroy(cudaStream_t /*stream*/) { return cudaSuccess; }

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  ISOSHAPE_STAND_IN_CALL();
  const Stream& stream = StreamOf(handle);
  if (const cudaError_t error = NotCapturing(stream, "cudaStreamSynchronize");
      error != cudaSuccess) {
    return error;
  }
  Log("wait", stream.number, false, 0, "cudaStreamSynchronize");
  return Prohibited("cudaStreamSynchronize");
}

cudaError_t cudaDeviceSynchronize() {
  ISOSHAPE_STAND_IN_CALL();
  Log("wait", 0, false, 0, "cudaDeviceSynchronize");
  return Prohibited("cudaDeviceSynchronize");
}

cudaError_t cudaStreamQuery(cudaStream_t handle) {
  ISOSHAPE_STAND_IN_CALL();
  if (const cudaError_t error =
          NotCapturing(StreamOf(handle), "cudaStreamQuery");
      error != cudaSuccess) {
    return error;
  }
  return Prohibited("cudaStreamQuery");
}

cudaError_t cudaStreamAddCallback(cudaStream_t stream,
                                  cudaStreamCallback_t callback, void* data,
                                  unsigned /*flags*/) {
  callback(stream, cudaSuccess, data);
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return CreateEvent(event, flags);
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return CreateEvent(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const Lock lock(Mutex());
  delete &EventOf(event);
  return cudaSuccess;
}

cudaError_t cudaEventRecordWithFlags(cudaEvent_t handle,
                                     cudaStream_t stream_handle,
                                     unsigned /*flags*/) {
  ISOSHAPE_STAND_IN_CALL();
  const Stream& stream = StreamOf(stream_handle);
  Event& event = EventOf(handle);
  event.recorded = true;
  event.capture = stream.capture == nullptr ? 0 : stream.capture->id;
  event.before = stream.capture == nullptr ? WorkBefore() : stream.before;
  event.work = work_so_far;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return cudaEventRecordWithFlags(event, stream, 0);
}

cudaError_t cudaEventSynchronize(cudaEvent_t handle) {
  ISOSHAPE_STAND_IN_CALL();
  const Event& event = EventOf(handle);
  if (const cudaError_t error = NotCaptured(event, "cudaEventSynchronize");
      error != cudaSuccess) {
    return error;
  }
  Log("wait", -1, false, work_so_far - event.work, "cudaEventSynchronize");
  return Prohibited("cudaEventSynchronize");
}

cudaError_t cudaEventQuery(cudaEvent_t handle) {
  ISOSHAPE_STAND_IN_CALL();
  if (const cudaError_t error = NotCaptured(EventOf(handle), "cudaEventQuery");
      error != cudaSuccess) {
    return error;
  }
  return Prohibited("cudaEventQuery");
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin,
                                 cudaEvent_t end) {
  ISOSHAPE_STAND_IN_CALL();
  for (const cudaEvent_t handle : {begin, end}) {
    const Event& event = EventOf(handle);
    if (!event.recorded || !event.timed || event.capture != 0) {
      return Illegal(cudaErrorInvalidResourceHandle,
                     "cudaEventElapsedTime of an event without a time");
    }
  }
  *milliseconds = 1;
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream_handle, cudaEvent_t handle,
                                unsigned /*flags*/) {
  ISOSHAPE_STAND_IN_CALL();
  Stream& stream = StreamOf(stream_handle);
  const Event& event = EventOf(handle);
  if (!event.recorded) return cudaSuccess;
  Capture* const capture = CaptureById(event.capture);
  if (stream.capture == nullptr) {
    if (capture == nullptr) return cudaSuccess;
    if (stream.number == 0) {
      return Break(*capture, cudaErrorStreamCaptureImplicit,
                   "the default stream waits for a capturing one");
    }
    stream.capture = capture;  // it joins
    stream.before.clear();
    capture->streams.insert(&stream);
  } else if (capture == nullptr) {
    return Break(*stream.capture, cudaErrorStreamCaptureIsolation,
                 "a capturing stream waits for uncaptured work");
  } else if (capture != stream.capture) {
    return Break(*stream.capture, cudaErrorStreamCaptureMerge,
                 "a capturing stream waits for another capture");
  }
  for (const auto& [number, work] : event.before) {
    stream.before[number] = std::max(stream.before[number], work);
  }
  return cudaSuccess;
}
