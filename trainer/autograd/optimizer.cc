#include "trainer/autograd/optimizer.h"

#include <type_traits>

#include "trainer/model/recipe.h"

namespace isoshape {

Optimizer::Optimizer(const Shape& shape, const std::vector<Recipe>& recipes,
                     Parameters& parameters)
    : recipe_(recipes.front()),
      parameters_(parameters),
      means_(torch::zeros_like(parameters.weights())),
      squares_(torch::zeros_like(parameters.weights())),
      step_(torch::zeros({parameters.replicas()},
                         parameters.weights().options())) {
  TORCH_CHECK(static_cast<int64_t>(recipes.size()) == parameters.replicas(),
              recipes.size(), " recipes for ", parameters.replicas(),
              " replicas");
  if (recipe_.optimizer == OptimizerKind::kMuon) {
    muon_.emplace(shape, recipes, parameters, means_);
  }
  for (size_t replica = 0; replica < recipes.size(); ++replica) {
    AddGroups(shape, recipes[replica], static_cast<int64_t>(replica));
  }
}

void Optimizer::AddGroups(const Shape& shape, const Recipe& recipe,
                          int64_t replica) {
  for (const ParameterGroup& group : parameters_.layout().groups) {
    if (muon_.has_value() && (group.kind == TensorKind::kHiddenMatrix ||
                              group.kind == TensorKind::kResidualMatrix)) {
      continue;
    }
    const GroupOptions options = OptionsOf(group.kind, shape, recipe);
    const auto part = [&](const torch::Tensor& rows) {
      return std::vector<torch::Tensor>{
          rows[replica].narrow(0, group.offset, group.length)};
    };
    groups_.push_back({replica,
                       options.learning_rate,
                       options.weight_decay,
                       options.epsilon,
                       part(parameters_.weights()),
                       part(parameters_.gradients()),
                       part(means_),
                       part(squares_),
                       {step_[replica]}});
  }
}

template <typename Factors>
torch::Tensor Optimizer::Update(const Factors& rate_factors) {
  const torch::NoGradGuard no_grad;
  torch::Tensor norms = torch::norm(parameters_.gradients(), 2, 1);
  std::optional<torch::Tensor> scales;  // gradients are divided by them
  if (recipe_.gradient_clip > 0) {
    scales = (norms / recipe_.gradient_clip).clamp_min(1);
  }
  step_.add_(1);
  for (Group& group : groups_) {
    std::optional<torch::Tensor> scale;
    if (scales.has_value()) scale = (*scales)[group.replica];
    at::_fused_adamw_(
        group.weights, group.gradients, group.means, group.squares, {},
        group.steps, rate_factors[group.replica] * group.learning_rate,
        recipe_.beta1, recipe_.beta2, group.weight_decay, group.epsilon,
        /*amsgrad=*/false, /*maximize=*/false, scale);
  }
  if constexpr (std::is_same_v<Factors, std::vector<double>>) {
    if (muon_.has_value()) muon_->Step(rate_factors, scales);
  }
  return norms;
}

torch::Tensor Optimizer::Step(const std::vector<double>& rate_factors) {
  return Update(rate_factors);
}

torch::Tensor Optimizer::Step(const torch::Tensor& rate_factors) {
  TORCH_CHECK(!muon_.has_value(), "Muon takes its rates as numbers");
  return Update(rate_factors);
}

}  // namespace isoshape
