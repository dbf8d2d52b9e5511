#ifndef ISOSHAPE_TRAINER_MODEL_PARAMETERS_H_
#define ISOSHAPE_TRAINER_MODEL_PARAMETERS_H_

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "shape/shape.h"
#include "trainer/model/parameter_layout.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Weights and gradients of one model or of several replicas of one shape, in
// one float32 buffer with a row for each, which is flat in the order of
// LayOutParameters, so that a norm or an optimizer's step is one call for each
// group. Not thread-safe.
//
//   Parameters parameters(shape, recipe, seed, torch::kCPU);
//   const torch::Tensor qkv = parameters.Weight("0.qkv");
class Parameters {
 public:
  // Makes one replica for each of `seeds`, at least one. Draws initial weights
  // on the CPU, so that they are the same on every device, and a replica's are
  // the same to the bit as if it were alone.
  Parameters(const Shape& shape, const Recipe& recipe,
             const std::vector<int64_t>& seeds, torch::Device device);
  Parameters(const Shape& shape, const Recipe& recipe, int64_t seed,
             torch::Device device)
      : Parameters(shape, recipe, std::vector<int64_t>{seed}, device) {}

  // A leaf of autograd that shares the buffers, of the sizes in the layout; of
  // several replicas [replicas, sizes]. Expects the name to be there.
  const torch::Tensor& Weight(const std::string& name) const;
  // Like Weight, but undefined if there is no such parameter (a bias, say).
  torch::Tensor WeightOrNone(const std::string& name) const;

  const ParameterLayout& layout() const { return layout_; }
  int64_t replicas() const { return weights_.size(0); }
  // [replicas, layout().size]
  torch::Tensor& weights() { return weights_; }
  const torch::Tensor& weights() const { return weights_; }
  torch::Tensor& gradients() { return gradients_; }  // of the same size
  // Tensors in the order of layout().parameters.
  const std::vector<torch::Tensor>& tensors() const { return tensors_; }

 private:
  const ParameterLayout layout_;
  torch::Tensor weights_, gradients_;
  std::vector<torch::Tensor> tensors_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_MODEL_PARAMETERS_H_
