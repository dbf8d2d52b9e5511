#include "trainer/parallel/process_team.h"

// Linked if gloo's headers are missing (Debian: libgloo-dev).
namespace isoshape::parallel {

struct ProcessTeam::Group {};

ProcessTeam::ProcessTeam(int rank, int size, Devices devices)
    : rank_(rank), size_(size), devices_(devices) {}
ProcessTeam::~ProcessTeam() = default;

std::unique_ptr<ProcessTeam> ProcessTeam::Lead(int /*size*/, int /*threads*/,
                                               Devices /*devices*/) {
  throw std::invalid_argument(
      "this isoshape-trainer was built without gloo; install libgloo-dev and "
      "build it again, or leave --processes at 1");
}
std::unique_ptr<ProcessTeam> ProcessTeam::Join(int /*rank*/, int size,
                                               int /*port*/, Devices devices) {
  return Lead(size, 1, devices);
}
std::function<void()> ProcessTeam::StartBroadcast(at::Tensor& /*tensor*/) {
  return [] {};
}
std::function<void()> ProcessTeam::StartSum(
    const std::vector<at::Tensor>& /*tensors*/) {
  return [] {};
}
double ProcessTeam::GpuWaitSeconds() { return 0; }

}  // namespace isoshape::parallel
