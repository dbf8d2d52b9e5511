#ifndef ISOSHAPE_TRAINER_AUTOGRAD_OPTIMIZER_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_OPTIMIZER_H_

#include <torch/torch.h>

#include <optional>
#include <vector>

#include "trainer/autograd/muon.h"
#include "trainer/model/parameters.h"
#include "trainer/run_spec.h"

namespace isoshape {

// AdamW (Loshchilov and Hutter 2019) over the flat buffers of a model, one
// fused call (at::_fused_adamw_) for each group of the recipe, with clipping by
// the global norm. Where the recipe says so, Muon takes the hidden matrices.
// Replicas have each their own norm, clipping, rates and steps. Not
// thread-safe.
class Optimizer {
 public:
  // A recipe for each replica of `parameters`, which must outlive it; they
  // differ in rates and weight decay alone.
  Optimizer(const Shape& shape, const std::vector<Recipe>& recipes,
            Parameters& parameters);
  Optimizer(const Shape& shape, const Recipe& recipe, Parameters& parameters)
      : Optimizer(shape, std::vector<Recipe>{recipe}, parameters) {}

  // Updates the weights from the gradients with each group's rate times its
  // replica's factor, and leaves the gradients undefined. Returns the gradient
  // norms before clipping, [replicas] on the device.
  torch::Tensor Step(const std::vector<double>& rate_factors);
  // The same with the factors on the device, float [replicas], as a CUDA graph
  // needs them. Not with Muon.
  torch::Tensor Step(const torch::Tensor& rate_factors);

  // The state, of the size of the parameters' weights; with Muon, `means` has
  // the momentum of the hidden matrices.
  torch::Tensor& means() { return means_; }
  torch::Tensor& squares() { return squares_; }
  // Steps that a replica has done, which AdamW corrects its moments by.
  void set_step(int64_t replica, int64_t step) { step_[replica].fill_(step); }

 private:
  struct Group {
    int64_t replica;
    double learning_rate, weight_decay, epsilon;
    std::vector<torch::Tensor> weights, gradients, means, squares, steps;
  };

  void AddGroups(const Shape& shape, const Recipe& recipe, int64_t replica);
  // Both forms of Step.
  template <typename Factors>
  torch::Tensor Update(const Factors& rate_factors);

  const Recipe recipe_;  // of the first replica
  Parameters& parameters_;
  torch::Tensor means_, squares_;
  torch::Tensor step_;  // float [replicas]
  std::vector<Group> groups_;
  std::optional<Muon> muon_;  // keeps its momentum in means_
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_OPTIMIZER_H_
