#include "trainer/run/make_engine.h"

#include <stdexcept>

#include "trainer/autograd/autograd_engine.h"
#include "trainer/autograd/replica_engine.h"
#include "trainer/autograd/team_engine.h"
#include "trainer/cpu/cpu_engine.h"

namespace isoshape {
namespace {

torch::Device PlaceOf(const Device& device) {
  return device.kind == Device::Kind::kCuda ? torch::Device(torch::kCUDA, 0)
                                            : torch::Device(torch::kCPU);
}

}  // namespace

std::unique_ptr<Engine> MakeEngine(const RunSpec& spec, const Device& device) {
  if (device.team != nullptr) {
    return std::make_unique<parallel::TeamEngine>(spec, *device.team);
  }
  if (device.kind == Device::Kind::kCpu && cpu::CpuEngine::Supports(spec)) {
    return std::make_unique<cpu::CpuEngine>(spec, device.threads);
  }
  return std::make_unique<AutogradEngine>(spec, PlaceOf(device), device.graphs);
}

std::unique_ptr<EngineGroup> MakeReplicas(const std::vector<RunSpec>& specs,
                                          const Device& device) {
  if (device.team != nullptr) {
    throw std::invalid_argument(
        "replicas train in one process; start the trainer without "
        "--processes, or send the runs apart");
  }
  return std::make_unique<ReplicaEngine>(specs, PlaceOf(device), device.graphs);
}

}  // namespace isoshape
