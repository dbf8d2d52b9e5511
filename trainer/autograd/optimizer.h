#ifndef ISOSHAPE_TRAINER_AUTOGRAD_OPTIMIZER_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_OPTIMIZER_H_

#include <torch/torch.h>

#include <optional>
#include <vector>

#include "trainer/autograd/muon.h"
#include "trainer/model/parameters.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// AdamW (Loshchilov and Hutter 2019) over the flat buffers of a model, one
// fused call (at::_fused_adamw_) for each group of the recipe, with clipping by
// the global norm. If the recipe says so, Muon takes the hidden matrices.
//
// Replicas have each their own norm, clipping, rates and steps. A fused call
// knows one rate. But the change of the weights is proportional to the rate, so
// replicas of one weight decay share a call at the first one's rate, after
// which each goes its own multiple of that way: two kernels more, and not one
// call for each replica and group. Not thread-safe.
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
  // Does the same step with factors that are on the device, float [replicas]: a
  // CUDA graph can read them only there.
  torch::Tensor Step(const torch::Tensor& rate_factors);

  // The state, of the size of the parameters' weights; with Muon, `means` has
  // the momentum of the hidden matrices.
  torch::Tensor& means() { return means_; }
  torch::Tensor& squares() { return squares_; }
  // Steps that a replica has done, which AdamW corrects its moments by.
  void set_step(int64_t replica, int64_t step) { step_[replica].fill_(step); }

 private:
  // Tensors of one kind; vectors have one element for each replica.
  struct Group {
    std::vector<double> learning_rates, weight_decays;
    double epsilon = 0;
    std::vector<torch::Tensor> weights, gradients, means, squares, steps;
  };

  void AddGroup(const ParameterGroup& kind, const Shape& shape,
                const std::vector<Recipe>& recipes);
  // Both forms of Step. `on_device` has the factors too, and may be undefined
  // if neither Muon nor UpdateTogether needs them.
  template <typename Factors>
  torch::Tensor Update(const Factors& rate_factors,
                       const torch::Tensor& on_device);
  // Updates each group of each replica by a call of its own. Gradients are
  // divided by `scales`.
  template <typename Factors>
  void UpdateApart(const Factors& rate_factors,
                   const std::optional<torch::Tensor>& scales);
  // Updates each group by one call for all replicas. Expects gradients that are
  // scaled already.
  void UpdateTogether(const torch::Tensor& rate_factors);
  // `count` replicas from `first` on, at one rate, a number or a tensor.
  template <typename Rate>
  void UpdateGroup(Group& group, size_t first, size_t count, const Rate& rate,
                   const std::optional<torch::Tensor>& scale);

  const Recipe recipe_;  // of the first replica
  Parameters& parameters_;
  torch::Tensor means_, squares_;
  torch::Tensor step_;            // float [replicas]
  torch::Tensor rates_;           // float [groups, replicas]
  torch::Tensor relative_rates_;  // float [replicas], to those of the first
  bool together_ = false;         // all replicas in one call for each group
  std::vector<Group> groups_;
  std::optional<Muon> muon_;  // keeps its momentum in means_
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_OPTIMIZER_H_
