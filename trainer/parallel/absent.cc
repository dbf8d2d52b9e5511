#include "trainer/parallel/process_team.h"

// Linked where gloo's headers are missing (Debian: libgloo-dev).
namespace isoshape::parallel {

struct ProcessTeam::Group {};

ProcessTeam::ProcessTeam(int rank, int size) : rank_(rank), size_(size) {}
ProcessTeam::~ProcessTeam() = default;

std::unique_ptr<ProcessTeam> ProcessTeam::Lead(int /*size*/, int /*threads*/) {
  throw std::invalid_argument(
      "this isoshape-trainer was built without gloo; install libgloo-dev and "
      "build it again, or leave --processes at 1");
}
std::unique_ptr<ProcessTeam> ProcessTeam::Join(int /*rank*/, int size,
                                               int /*port*/) {
  return Lead(size, 1);
}
void ProcessTeam::Broadcast(at::Tensor& /*tensor*/) {}
std::function<void()> ProcessTeam::StartSum(const at::Tensor& /*tensor*/) {
  return [] {};
}

}  // namespace isoshape::parallel
