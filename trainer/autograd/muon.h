#ifndef ISOSHAPE_TRAINER_AUTOGRAD_MUON_H_
#define ISOSHAPE_TRAINER_AUTOGRAD_MUON_H_

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "trainer/model/parameters.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// The orthogonal matrix nearest to each of `x` [count, rows, columns], by five
// steps of a Newton-Schulz iteration of degree 5 whose coefficients Jordan et
// al. 2024 chose for speed: singular values end between about 0.7 and 1.2. Its
// products are of type `product`, and so is the result; in bf16, as in their
// own program, the singular values spread by a few hundredths more.
torch::Tensor Orthogonalize(const torch::Tensor& x,
                            torch::Dtype product = torch::kFloat32);

// Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers"): momentum
// (Nesterov), made orthogonal, times the rate. The step of a matrix is scaled
// by sqrt(max(1, rows / columns)), so that a step of one rate changes a layer's
// output by as much at every width (the spectral condition of Yang et al. 2023,
// arXiv 2310.17813); no factor of the parameterization is applied.
//
// Updates the hidden matrices of a model and nothing else. Queries, keys and
// values are matrices of their own, and so are gate and up of SwiGLU. Not
// thread-safe.
class Muon {
 public:
  // A recipe for each replica of `parameters`. `momentum`, of the size of
  // their weights, holds the state. All must outlive it.
  Muon(const Shape& shape, const std::vector<Recipe>& recipes,
       Parameters& parameters, const torch::Tensor& momentum);

  // `rate_factors`, float [replicas], are on the device, so that a CUDA graph
  // of the step reads them anew each time. Gradients are divided by `scale`, if
  // there is one, of the same size.
  void Step(const torch::Tensor& rate_factors,
            const std::optional<torch::Tensor>& scale);

 private:
  // Matrices of one size, views of the flat buffers; those of a replica are
  // neighbours.
  struct Stack {
    int64_t rows = 0, columns = 0;
    std::vector<torch::Tensor> weights, gradients, momenta;
  };

  void Add(const ParameterSlot& slot, const std::vector<int64_t>& rows,
           const torch::Tensor& weights, const torch::Tensor& gradients,
           const torch::Tensor& momentum);

  const double momentum_;
  const torch::Dtype product_;         // bf16 in runs in bf16
  torch::Tensor rates_, decay_rates_;  // float [replicas]; rate, rate x decay
  std::vector<Stack> stacks_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_AUTOGRAD_MUON_H_
