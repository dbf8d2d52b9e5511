#include <utility>

#include "trainer/cuda/cuda_device.h"
#include "trainer/cuda/nccl_group.h"
#include "trainer/cuda/step_graph.h"

// Linked if libtorch_cuda cannot be loaded. ProbeDevice says so, and then
// nothing calls the other functions.
namespace isoshape::cuda {

Probe ProbeDevice() { return {.error = Probe::kBuiltWithoutCuda, .text = ""}; }
Identity DeviceIdentity() { return {}; }
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
bool StepGraph::Forget() { return false; }

struct NcclGroup::State {};
std::vector<uint8_t> NcclGroup::NewId() { return {}; }
NcclGroup::NcclGroup(int /*rank*/, int /*size*/,
                     const std::vector<uint8_t>& /*id*/) {}
NcclGroup::~NcclGroup() = default;
std::function<void()> NcclGroup::StartSum(
    const std::vector<at::Tensor>& /*tensors*/) {
  return [] {};
}
double NcclGroup::WaitedSeconds() { return 0; }

}  // namespace isoshape::cuda
