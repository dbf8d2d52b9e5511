#include "trainer/cuda/step_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <utility>

namespace isoshape::cuda {
namespace {

// As many as torch.cuda.make_graphed_callables runs.
constexpr int kWarmUps = 3;

// `later` goes on when all that was given to `earlier` until now is done.
void Order(const c10::cuda::CUDAStream& earlier,
           const c10::cuda::CUDAStream& later) {
  cudaEvent_t event = nullptr;
  C10_CUDA_CHECK(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
  C10_CUDA_CHECK(cudaEventRecord(event, earlier));
  C10_CUDA_CHECK(cudaStreamWaitEvent(later, event, 0));
  C10_CUDA_CHECK(cudaEventDestroy(event));  // once it has happened
}

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
  Order(caller, state_->stream);
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
  Order(state_->stream, caller);
}

}  // namespace isoshape::cuda
