#include "trainer/cuda/step_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <deque>
#include <memory>
#include <utility>

#include "trainer/cuda/event.h"

namespace isoshape::cuda {
namespace {

// Runs that the host may be ahead of the GPU: enough to keep it busy, and few
// enough that who waits for it does not wait long.
constexpr size_t kRunsAhead = 4;

// Recording needs a stream that is not the default one. The same for all, as
// cuBLAS keeps a workspace for every stream that it has seen.
const c10::cuda::CUDAStream& RecordingStream() {
  static const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool();
  return stream;
}

}  // namespace

struct StepGraph::State {
  std::function<void()> work;
  c10::cuda::CUDAStream stream = RecordingStream();
  std::deque<Event> ends;  // of the runs that the GPU may not have done yet
  std::unique_ptr<at::cuda::CUDAGraph> graph;
  int runs = 0;

  // Records the work, or throws with nothing left of a recording: a capture
  // that goes on would make every later call of this process fail.
  void Record() {
    // The graph has memory of its own, and what is cached from the first runs
    // cannot be given back while it is recorded.
    stream.synchronize();
    c10::cuda::CUDACachingAllocator::emptyCache();
    graph = Begun();
    try {
      work();
      graph->capture_end();
    } catch (...) {
      Abandon();
      throw;
    }
  }

 private:
  // A graph whose beginning fails, as there is no memory for the state of its
  // random numbers, cannot be destroyed: its destructor throws. It is left.
  static std::unique_ptr<at::cuda::CUDAGraph> Begun() {
    auto* const begun = new at::cuda::CUDAGraph();
    begun->capture_begin();
    return std::unique_ptr<at::cuda::CUDAGraph>(begun);
  }

  // Ends the capture, if it has not ended, which throws for what failed in it.
  void Abandon() {
    try {
      graph->capture_end();
    } catch (const c10::Error&) {
    }
    graph.reset();
  }
};

StepGraph::StepGraph(std::function<void()> work) : state_(new State) {
  state_->work = std::move(work);
}
StepGraph::StepGraph(StepGraph&&) noexcept = default;
StepGraph::~StepGraph() = default;

void StepGraph::Run() {
  const c10::cuda::CUDAStream caller = c10::cuda::getCurrentCUDAStream();
  Event(caller).HoldBack(state_->stream);
  {
    const c10::cuda::CUDAStreamGuard guard(state_->stream);
    if (state_->runs < kWarmUps) {
      state_->work();
    } else {
      if (state_->runs == kWarmUps) state_->Record();
      state_->graph->replay();
    }
  }
  ++state_->runs;
  state_->ends.emplace_back(state_->stream);
  state_->ends.back().HoldBack(caller);
  if (state_->ends.size() > kRunsAhead) {
    state_->ends.front().Wait();
    state_->ends.pop_front();
  }
}

bool StepGraph::Forget() {
  if (state_->runs <= kWarmUps) return false;
  state_->stream.synchronize();
  state_->graph.reset();
  state_->runs = 0;
  c10::cuda::CUDACachingAllocator::emptyCache();
  return true;
}

}  // namespace isoshape::cuda
