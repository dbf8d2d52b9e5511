#include "trainer/autograd/optimizer.h"

#include <algorithm>
#include <type_traits>

#include "trainer/spec/recipe.h"

namespace isoshape {

using torch::Tensor;

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
  for (const ParameterGroup& kind : parameters.layout().groups) {
    const bool hidden = kind.kind == TensorKind::kHiddenMatrix ||
                        kind.kind == TensorKind::kResidualMatrix;
    if (!muon_.has_value() || !hidden) AddGroup(kind, shape, recipes);
  }
  std::vector<double> relative;
  together_ = recipes.size() > 1;
  for (const Recipe& recipe : recipes) {
    relative.push_back(recipe.learning_rate / recipe_.learning_rate);
    together_ &= recipe.weight_decay == recipe_.weight_decay;
  }
  std::vector<Tensor> rates;
  for (const Group& group : groups_) {
    rates.push_back(torch::tensor(group.learning_rates, torch::kFloat32));
  }
  const torch::Device device = parameters.weights().device();
  relative_rates_ = torch::tensor(relative, torch::kFloat32).to(device);
  rates_ = torch::stack(rates).to(device);
}

void Optimizer::AddGroup(const ParameterGroup& kind, const Shape& shape,
                         const std::vector<Recipe>& recipes) {
  Group& group = groups_.emplace_back();
  for (const Recipe& recipe : recipes) {
    const GroupOptions options = OptionsOf(kind.kind, shape, recipe);
    group.learning_rates.push_back(options.learning_rate);
    group.weight_decays.push_back(options.weight_decay);
    group.epsilon = options.epsilon;
  }
  const auto parts = [&](const Tensor& rows) {
    return rows.narrow(1, kind.offset, kind.length).unbind(0);
  };
  group.weights = parts(parameters_.weights());
  group.gradients = parts(parameters_.gradients());
  group.means = parts(means_);
  group.squares = parts(squares_);
  group.steps = step_.unbind(0);
}

template <typename Rate>
void Optimizer::UpdateGroup(Group& group, size_t first, size_t count,
                            const Rate& rate,
                            const std::optional<Tensor>& scale) {
  const auto part = [&](const std::vector<Tensor>& all) {
    return at::TensorList(all).slice(first, count);
  };
  at::_fused_adamw_(part(group.weights), part(group.gradients),
                    part(group.means), part(group.squares), {},
                    part(group.steps), rate, recipe_.beta1, recipe_.beta2,
                    group.weight_decays[first], group.epsilon,
                    /*amsgrad=*/false, /*maximize=*/false, scale);
}

template <typename Factors>
void Optimizer::UpdateApart(const Factors& rate_factors,
                            const std::optional<Tensor>& scales) {
  constexpr bool kOnDevice = std::is_same_v<Factors, Tensor>;
  Tensor rates;
  if constexpr (kOnDevice) rates = rates_ * rate_factors;
  for (size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    for (size_t replica = 0; replica < group.weights.size(); ++replica) {
      const auto row = static_cast<int64_t>(replica);
      std::optional<Tensor> scale;
      if (scales.has_value()) scale = (*scales)[row];
      if constexpr (kOnDevice) {
        UpdateGroup(group, replica, 1, rates[static_cast<int64_t>(i)][row],
                    scale);
      } else {
        UpdateGroup(group, replica, 1,
                    rate_factors[replica] * group.learning_rates[replica],
                    scale);
      }
    }
  }
}

void Optimizer::UpdateTogether(const Tensor& rate_factors) {
  Tensor& weights = parameters_.weights();
  const Tensor before = weights.clone();
  for (Group& group : groups_) {
    UpdateGroup(group, 0, group.weights.size(), group.learning_rates.front(),
                std::nullopt);
  }
  at::lerp_out(weights, before, weights,
               (rate_factors * relative_rates_).unsqueeze(1));
}

template <typename Factors>
Tensor Optimizer::Update(const Factors& rate_factors, const Tensor& on_device) {
  const torch::NoGradGuard no_grad;
  Tensor norms = torch::norm(parameters_.gradients(), 2, 1);
  std::optional<Tensor> scales;  // gradients are divided by them
  if (recipe_.gradient_clip > 0) {
    scales = (norms / recipe_.gradient_clip).clamp_min(1);
  }
  step_.add_(1);
  if (together_) {
    if (scales.has_value()) {
      parameters_.gradients().div_(scales->unsqueeze(1));
      scales.reset();
    }
    UpdateTogether(on_device);
  } else {
    UpdateApart(rate_factors, scales);
  }
  if (muon_.has_value()) muon_->Step(on_device, scales);
  return norms;
}

Tensor Optimizer::Step(const std::vector<double>& rate_factors) {
  Tensor on_device;
  if (together_ || muon_.has_value()) {
    on_device = torch::tensor(rate_factors, torch::kFloat32).to(step_.device());
  }
  return Update(rate_factors, on_device);
}

Tensor Optimizer::Step(const Tensor& rate_factors) {
  return Update(rate_factors, rate_factors);
}

}  // namespace isoshape
