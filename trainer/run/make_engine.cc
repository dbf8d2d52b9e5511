#include "trainer/run/make_engine.h"

#include <algorithm>
#include <stdexcept>

#include "trainer/autograd/autograd_engine.h"
#include "trainer/autograd/replica_engine.h"
#include "trainer/autograd/team_engine.h"
#include "trainer/cpu/cpu_engine.h"
#include "trainer/engine/passes.h"

namespace isoshape {
namespace {

torch::Device PlaceOf(const Device& device) {
  return device.kind == Device::Kind::kCuda ? torch::Device(torch::kCUDA, 0)
                                            : torch::Device(torch::kCPU);
}

// The number of passes of a step. It is 1 for a run that does not fit at all,
// which is refused elsewhere.
int64_t Passes(const RunSpec& spec, int64_t replicas, const Device& device) {
  return std::max<int64_t>(1, PassesOfStep(spec, replicas, device));
}

}  // namespace

std::unique_ptr<Engine> MakeEngine(const RunSpec& spec, const Device& device) {
  if (device.team != nullptr) {
    return std::make_unique<parallel::TeamEngine>(spec, *device.team,
                                                  Passes(spec, 1, device));
  }
  if (device.kind == Device::Kind::kCpu && cpu::CpuEngine::Supports(spec)) {
    return std::make_unique<cpu::CpuEngine>(spec, device.threads);
  }
  return std::make_unique<AutogradEngine>(spec, PlaceOf(device), device.graphs,
                                          nullptr, Passes(spec, 1, device));
}

std::unique_ptr<EngineGroup> MakeReplicas(const std::vector<RunSpec>& specs,
                                          const Device& device) {
  if (device.team != nullptr) {
    throw std::invalid_argument(
        "replicas train in one process; start the trainer without "
        "--processes, or send the runs apart");
  }
  return std::make_unique<ReplicaEngine>(
      specs, PlaceOf(device), device.graphs, nullptr,
      Passes(specs.front(), static_cast<int64_t>(specs.size()), device));
}

}  // namespace isoshape
