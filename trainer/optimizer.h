#ifndef ISOSHAPE_TRAINER_OPTIMIZER_H_
#define ISOSHAPE_TRAINER_OPTIMIZER_H_

#include <torch/torch.h>

#include <optional>
#include <vector>

#include "trainer/muon.h"
#include "trainer/parameters.h"
#include "trainer/run_spec.h"

namespace isoshape {

// AdamW (Loshchilov and Hutter 2019) over the flat buffers of a model, one
// fused call (at::_fused_adamw_) for each group of the recipe, with clipping by
// the global norm. Where the recipe says so, Muon takes the hidden matrices.
// Not thread-safe.
class Optimizer {
 public:
  // `parameters` must outlive it.
  Optimizer(const Shape& shape, const Recipe& recipe, Parameters& parameters);

  // Updates the weights from the gradients with each group's rate times
  // `rate_factor`, and leaves the gradients undefined. Returns the global
  // gradient norm before clipping, a scalar on the device.
  torch::Tensor Step(double rate_factor);
  // The same with the factor on the device, a float scalar, as a CUDA graph
  // needs it. Not with Muon.
  torch::Tensor Step(const torch::Tensor& rate_factor);

  // The state, flat as the parameters' weights; with Muon, `means` has the
  // momentum of the hidden matrices.
  torch::Tensor& means() { return means_; }
  torch::Tensor& squares() { return squares_; }
  // Steps done, which AdamW corrects its moments by.
  void set_step(int64_t step) { step_.fill_(step); }

 private:
  struct Group {
    double learning_rate, weight_decay, epsilon;
    std::vector<torch::Tensor> weights, gradients, means, squares, steps;
  };

  // Both forms of Step.
  template <typename Factor>
  torch::Tensor Update(const Factor& rate_factor);

  const Recipe recipe_;
  Parameters& parameters_;
  torch::Tensor means_, squares_, step_;
  std::vector<Group> groups_;
  std::optional<Muon> muon_;  // keeps its momentum in means_
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_OPTIMIZER_H_
