#ifndef ISOSHAPE_TRAINER_PARAMETERS_H_
#define ISOSHAPE_TRAINER_PARAMETERS_H_

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "shape/shape.h"
#include "trainer/parameter_layout.h"
#include "trainer/run_spec.h"

namespace isoshape {

// Weights and gradients of one model, each in one flat float32 buffer in the
// order of LayOutParameters, so that a norm or an optimizer's step is one call
// for each group. Not thread-safe.
//
//   Parameters parameters(shape, recipe, seed, torch::kCPU);
//   const torch::Tensor qkv = parameters.Weight("0.qkv");
class Parameters {
 public:
  // Draws initial weights from `seed`, on the CPU, so that they are the same on
  // every device.
  Parameters(const Shape& shape, const Recipe& recipe, int64_t seed,
             torch::Device device);

  // A leaf of autograd that shares the flat buffers. Expects the name to be
  // there.
  const torch::Tensor& Weight(const std::string& name) const;
  // Same, undefined where there is no such parameter (a bias, say).
  torch::Tensor WeightOrNone(const std::string& name) const;

  const ParameterLayout& layout() const { return layout_; }
  torch::Tensor& weights() { return weights_; }  // [layout().size]
  const torch::Tensor& weights() const { return weights_; }
  torch::Tensor& gradients() { return gradients_; }  // [layout().size]
  // Tensors in the order of layout().parameters.
  const std::vector<torch::Tensor>& tensors() const { return tensors_; }

 private:
  const ParameterLayout layout_;
  torch::Tensor weights_, gradients_;
  std::vector<torch::Tensor> tensors_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_PARAMETERS_H_
