#include "trainer/model/parameters.h"

#include <ATen/CPUGeneratorImpl.h>

#include "trainer/spec/recipe.h"

namespace isoshape {

Parameters::Parameters(const Shape& shape, const Recipe& recipe,
                       const std::vector<int64_t>& seeds, torch::Device device)
    : layout_(LayOutParameters(shape)) {
  const torch::NoGradGuard no_grad;
  const auto replicas = static_cast<int64_t>(seeds.size());
  torch::Tensor initial =
      torch::zeros({replicas, layout_.size}, torch::kFloat32);
  for (int64_t replica = 0; replica < replicas; ++replica) {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(
        static_cast<uint64_t>(seeds[static_cast<size_t>(replica)]));
    for (const ParameterSlot& slot : layout_.parameters) {
      torch::Tensor part = initial[replica].narrow(0, slot.offset, slot.count);
      if (slot.random) {
        part.normal_(0, InitialStd(slot.kind, shape, recipe), generator);
      } else {
        part.fill_(slot.fill);
      }
    }
  }
  weights_ = initial.to(device);
  gradients_ = torch::zeros_like(weights_);
  for (const ParameterSlot& slot : layout_.parameters) {
    std::vector<int64_t> sizes = slot.sizes;
    if (replicas > 1) sizes.insert(sizes.begin(), replicas);
    const auto view = [&](const torch::Tensor& rows) {
      return rows.narrow(1, slot.offset, slot.count).view(sizes).detach();
    };
    torch::Tensor weight = view(weights_);
    weight.set_requires_grad(true);
    weight.mutable_grad() = view(gradients_);
    tensors_.push_back(weight);
  }
}

const torch::Tensor& Parameters::Weight(const std::string& name) const {
  const int64_t index = layout_.Find(name);
  TORCH_CHECK(index >= 0, "no parameter ", name);
  return tensors_[static_cast<size_t>(index)];
}

torch::Tensor Parameters::WeightOrNone(const std::string& name) const {
  const int64_t index = layout_.Find(name);
  return index < 0 ? torch::Tensor() : tensors_[static_cast<size_t>(index)];
}

}  // namespace isoshape
