#include <utility>

#include "trainer/cuda/cuda_device.h"
#include "trainer/cuda/step_graph.h"

// Linked where libtorch_cuda cannot be loaded; LibTorch sees no GPU then, so
// that nothing calls these.
namespace isoshape::cuda {

std::string DeviceName() { return ""; }
int64_t DeviceMemoryBytes() { return 0; }
void ResetPeakMemory() {}
int64_t PeakMemoryBytes() { return 0; }

struct StepGraph::State {
  std::function<void()> work;
};
StepGraph::StepGraph(std::function<void()> work)
    : state_(new State{std::move(work)}) {}
StepGraph::StepGraph(StepGraph&&) noexcept = default;
StepGraph::~StepGraph() = default;
void StepGraph::Run() { state_->work(); }

}  // namespace isoshape::cuda
