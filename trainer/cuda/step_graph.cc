#include "trainer/cuda/step_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <utility>

#include "trainer/cuda/event.h"

namespace isoshape::cuda {
namespace {

// As many as torch.cuda.make_graphed_callables runs.
constexpr int kWarmUps = 3;

}  // namespace

struct StepGraph::State {
  std::function<void()> work;
  // Recording needs a stream that is not the default one.
  c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool();
  at::cuda::CUDAGraph graph;
  int runs = 0;
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
      if (state_->runs == kWarmUps) {
        state_->graph.capture_begin();
        state_->work();
        state_->graph.capture_end();
      }
      state_->graph.replay();
    }
  }
  ++state_->runs;
  Event(state_->stream).HoldBack(caller);
}

}  // namespace isoshape::cuda
