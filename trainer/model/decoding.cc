// How a model answers token by token: Model::NextLogits and what makes it fast.
#include <torch/torch.h>

#include <vector>

#include "trainer/model/model.h"

namespace isoshape {

using torch::Tensor;

Tensor Model::NextLogits(const Tensor& inputs, KeyValueCache& cache) const {
  const torch::NoGradGuard no_grad;
  const bool half = precision_ == Precision::kBf16;
  while (cache.keys.size() < blocks_.size()) {
    for (std::vector<Tensor>* kept : {&cache.keys, &cache.values}) {
      kept->push_back(
          torch::empty({1, shape_.context, shape_.kv_heads, shape_.head_dim},
                       embedding_.options().requires_grad(false).dtype(
                           half ? torch::kBFloat16 : torch::kFloat32)));
    }
  }
  Tensor x = Embed(inputs, cache.length);
  for (size_t layer = 0; layer < blocks_.size(); ++layer) {
    x = RunBlock(layer, x, &cache);
  }
  cache.length += inputs.size(1);
  return Unembed(x);
}

Model Model::ForDecoding() const {
  Model model = *this;
  if (precision_ != Precision::kBf16) return model;
  const torch::NoGradGuard no_grad;
  const auto round = [](Tensor& matrix) {
    if (matrix.defined()) matrix = matrix.to(torch::kBFloat16);
  };
  for (Block& block : model.blocks_) {
    for (Tensor* matrix :
         {&block.qkv, &block.qkv_bias, &block.out, &block.out_bias, &block.up,
          &block.up_bias, &block.down, &block.down_bias}) {
      round(*matrix);
    }
  }
  round(model.head_);
  round(model.head_bias_);
  round(model.unembedding_);
  return model;
}

}  // namespace isoshape
