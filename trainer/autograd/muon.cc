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

Tensor Orthogonalize(const Tensor& x) {
  const bool tall = x.size(1) > x.size(2);
  Tensor y = tall ? x.transpose(1, 2) : x;
  y = y / (torch::norm(y, 2, {1, 2}, /*keepdim=*/true) + 1e-7);
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
    : recipes_(recipes) {
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

void Muon::Step(const std::vector<double>& rate_factors,
                const std::optional<Tensor>& scale) {
  const torch::NoGradGuard no_grad;
  const size_t replicas = recipes_.size();
  const double kept = recipes_.front().muon_momentum;
  for (Stack& stack : stacks_) {
    const size_t each = stack.weights.size() / replicas;
    Tensor gradient = torch::stack(stack.gradients);
    if (scale.has_value()) {
      gradient.view({static_cast<int64_t>(replicas), -1})
          .div_(scale->unsqueeze(1));
    }
    const Tensor momentum =
        torch::lerp(torch::stack(stack.momenta), gradient, 1 - kept);
    at::_foreach_copy_(stack.momenta, momentum.unbind(0));
    const std::vector<Tensor> updates =
        Orthogonalize(torch::lerp(gradient, momentum, kept)).unbind(0);
    const double shape_scale =
        std::sqrt(std::max(1.0, static_cast<double>(stack.rows) /
                                    static_cast<double>(stack.columns)));
    for (size_t replica = 0; replica < replicas; ++replica) {
      const Recipe& recipe = recipes_[replica];
      const double rate = recipe.muon_learning_rate * rate_factors[replica];
      const at::TensorList all(stack.weights);
      const at::TensorList weights = all.slice(replica * each, each);
      at::_foreach_mul_(weights, 1 - rate * recipe.weight_decay);
      at::_foreach_add_(weights,
                        at::TensorList(updates).slice(replica * each, each),
                        -rate * shape_scale);
    }
  }
}

double Muon::FlopsPerStep() const {
  double flops = 0;
  for (const Stack& stack : stacks_) {
    const double small =
        static_cast<double>(std::min(stack.rows, stack.columns));
    const double large =
        static_cast<double>(std::max(stack.rows, stack.columns));
    flops += static_cast<double>(stack.weights.size()) * kNewtonSchulzSteps *
             (4 * small * small * large + 2 * small * small * small);
  }
  return flops;
}

}  // namespace isoshape
