#include "trainer/autograd/muon.h"

#include <algorithm>
#include <cmath>

namespace isoshape {

using torch::Tensor;

namespace {

constexpr int kNewtonSchulzSteps = 5;
// Coefficients of x, x^3 and x^5.
constexpr double kFirst = 3.4445, kThird = -4.7750, kFifth = 2.0315;

// Rows of the matrices that lie one above the other in a tensor.
std::vector<int64_t> RowsOfParts(const ParameterSlot& slot,
                                 const Shape& shape) {
  const std::string name = slot.name.substr(slot.name.find('.') + 1);
  if (name == "qkv") {
    const int64_t key = shape.kv_heads * shape.head_dim;
    return {shape.heads * shape.head_dim, key, key};
  }
  if (name == "up" && shape.activation == Activation::kSwiglu) {
    return {shape.ffn_width, shape.ffn_width};
  }
  return {slot.sizes[0]};
}

}  // namespace

Tensor Orthogonalize(const Tensor& x, torch::Dtype product) {
  const bool tall = x.size(1) > x.size(2);
  Tensor y = tall ? x.transpose(1, 2) : x;
  y = (y / (torch::norm(y, 2, {1, 2}, /*keepdim=*/true) + 1e-7)).to(product);
  for (int step = 0; step < kNewtonSchulzSteps; ++step) {
    const Tensor square = torch::bmm(y, y.transpose(1, 2));
    const Tensor factor =
        torch::baddbmm(square, square, square, kThird, kFifth);
    y = torch::baddbmm(y, factor, y, kFirst);
  }
  return tall ? y.transpose(1, 2) : y;
}

Muon::Muon(const Shape& shape, const std::vector<Recipe>& recipes,
           Parameters& parameters, const Tensor& momentum)
    : momentum_(recipes.front().muon_momentum),
      product_(recipes.front().precision == Precision::kBf16
                   ? torch::kBFloat16
                   : torch::kFloat32) {
  std::vector<double> rates, decay_rates;
  for (const Recipe& recipe : recipes) {
    rates.push_back(recipe.muon_learning_rate);
    decay_rates.push_back(recipe.muon_learning_rate * recipe.weight_decay);
  }
  const torch::Device device = parameters.weights().device();
  rates_ = torch::tensor(rates, torch::kFloat32).to(device);
  decay_rates_ = torch::tensor(decay_rates, torch::kFloat32).to(device);
  for (int64_t replica = 0; replica < parameters.replicas(); ++replica) {
    for (const ParameterSlot& slot : parameters.layout().parameters) {
      if (slot.kind == TensorKind::kHiddenMatrix ||
          slot.kind == TensorKind::kResidualMatrix) {
        Add(slot, RowsOfParts(slot, shape), parameters.weights()[replica],
            parameters.gradients()[replica], momentum[replica]);
      }
    }
  }
}

void Muon::Add(const ParameterSlot& slot, const std::vector<int64_t>& rows,
               const Tensor& weights, const Tensor& gradients,
               const Tensor& momentum) {
  const int64_t columns = slot.sizes[1];
  int64_t offset = slot.offset;
  for (const int64_t count : rows) {
    auto stack = std::find_if(
        stacks_.begin(), stacks_.end(), [&](const Stack& candidate) {
          return candidate.rows == count && candidate.columns == columns;
        });
    if (stack == stacks_.end()) {
      stack = stacks_.insert(stack, Stack{count, columns, {}, {}, {}});
    }
    const auto view = [&](const Tensor& flat) {
      return flat.narrow(0, offset, count * columns).view({count, columns});
    };
    stack->weights.push_back(view(weights));
    stack->gradients.push_back(view(gradients));
    stack->momenta.push_back(view(momentum));
    offset += count * columns;
  }
}

void Muon::Step(const Tensor& rate_factors,
                const std::optional<Tensor>& scale) {
  const torch::NoGradGuard no_grad;
  const int64_t replicas = rate_factors.size(0);
  const Tensor rates = rate_factors * rates_;
  const std::vector<Tensor> kept = (1 - rate_factors * decay_rates_).unbind(0);
  for (Stack& stack : stacks_) {
    Tensor gradient = torch::stack(stack.gradients);
    if (scale.has_value()) {
      gradient.view({replicas, -1}).div_(scale->unsqueeze(1));
    }
    const Tensor momentum =
        torch::lerp(torch::stack(stack.momenta), gradient, 1 - momentum_);
    at::_foreach_copy_(stack.momenta, momentum.unbind(0));
    const Tensor direction =
        Orthogonalize(torch::lerp(gradient, momentum, momentum_), product_);
    const double shape_scale =
        std::sqrt(std::max(1.0, static_cast<double>(stack.rows) /
                                    static_cast<double>(stack.columns)));
    // Into the memory of the gradients, in the order of the weights' numbers,
    // which may not be that of `direction`.
    const Tensor factors = (rates * -shape_scale).view({replicas, 1, 1, 1});
    Tensor updates = gradient.unflatten(0, {replicas, -1});
    at::mul_out(updates, direction.unflatten(0, {replicas, -1}), factors);
    const size_t each = stack.weights.size() / kept.size();
    for (size_t replica = 0; replica < kept.size(); ++replica) {
      at::_foreach_mul_(
          at::TensorList(stack.weights).slice(replica * each, each),
          kept[replica]);
    }
    at::_foreach_add_(stack.weights, gradient.unbind(0));
  }
}

}  // namespace isoshape
