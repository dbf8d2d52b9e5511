#include "trainer/optimizer.h"

#include <type_traits>

#include "trainer/recipe.h"

namespace isoshape {

Optimizer::Optimizer(const Shape& shape, const Recipe& recipe,
                     Parameters& parameters)
    : recipe_(recipe),
      parameters_(parameters),
      means_(torch::zeros_like(parameters.weights())),
      squares_(torch::zeros_like(parameters.weights())),
      step_(torch::zeros({}, parameters.weights().options())) {
  const bool muon = recipe.optimizer == OptimizerKind::kMuon;
  if (muon) muon_.emplace(shape, recipe, parameters, means_);
  for (const ParameterGroup& group : parameters.layout().groups) {
    if (muon && (group.kind == TensorKind::kHiddenMatrix ||
                 group.kind == TensorKind::kResidualMatrix)) {
      continue;
    }
    const GroupOptions options = OptionsOf(group.kind, shape, recipe);
    const auto part = [&group](const torch::Tensor& flat) {
      return std::vector<torch::Tensor>{
          flat.narrow(0, group.offset, group.length)};
    };
    groups_.push_back({options.learning_rate,
                       options.weight_decay,
                       options.epsilon,
                       part(parameters.weights()),
                       part(parameters.gradients()),
                       part(means_),
                       part(squares_),
                       {step_}});
  }
}

template <typename Factor>
torch::Tensor Optimizer::Update(const Factor& rate_factor) {
  const torch::NoGradGuard no_grad;
  torch::Tensor norm = torch::norm(parameters_.gradients());
  std::optional<torch::Tensor> scale;  // gradients are divided by it
  if (recipe_.gradient_clip > 0) {
    scale = (norm / recipe_.gradient_clip).clamp_min(1);
  }
  step_.add_(1);
  for (Group& group : groups_) {
    at::_fused_adamw_(group.weights, group.gradients, group.means,
                      group.squares, {}, group.steps,
                      rate_factor * group.learning_rate, recipe_.beta1,
                      recipe_.beta2, group.weight_decay, group.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, scale);
  }
  if constexpr (std::is_same_v<Factor, double>) {
    if (muon_.has_value()) muon_->Step(rate_factor, scale);
  }
  return norm;
}

torch::Tensor Optimizer::Step(double rate_factor) {
  return Update(rate_factor);
}

torch::Tensor Optimizer::Step(const torch::Tensor& rate_factor) {
  TORCH_CHECK(!muon_.has_value(), "Muon takes its rate as a number");
  return Update(rate_factor);
}

}  // namespace isoshape
