#include "trainer/autograd_engine.h"

#include <cmath>

namespace isoshape {

AutogradEngine::AutogradEngine(const RunSpec& spec, torch::Device device)
    : device_(device),
      parameters_(spec.shape, spec.recipe, spec.seed, device),
      model_(spec.shape, spec.recipe, parameters_),
      optimizer_(spec.shape, spec.recipe, parameters_),
      sums_(torch::zeros({3}, torch::dtype(torch::kFloat64).device(device))) {}

torch::Tensor AutogradEngine::Tokens(const Batch& batch) const {
  return torch::from_blob(const_cast<int32_t*>(batch.tokens.data()),
                          {batch.sequences, batch.context + 1}, torch::kInt32)
      .to(device_, torch::kInt64);
}

void AutogradEngine::Step(const Batch& batch, double rate_factor) {
  const torch::Tensor tokens = Tokens(batch);
  parameters_.gradients().zero_();
  const torch::Tensor loss = model_
                                 .Losses(tokens.narrow(1, 0, batch.context),
                                         tokens.narrow(1, 1, batch.context))
                                 .mean();
  loss.backward();
  const torch::Tensor norm = optimizer_.Step(rate_factor);
  const torch::NoGradGuard no_grad;
  sums_[0].add_(loss);
  sums_[1].add_(norm);
  sums_[2].copy_(torch::maximum(sums_[2], norm));
  ++steps_;
}

StepSums AutogradEngine::Drain() {
  const torch::Tensor sums = sums_.cpu();
  const double* values = sums.const_data_ptr<double>();
  StepSums drained;
  drained.steps = steps_;
  drained.loss = values[0];
  drained.gradient_norm = values[1];
  drained.gradient_norm_max = values[2];
  drained.finite = std::isfinite(values[0]) && std::isfinite(values[1]);
  sums_.zero_();
  steps_ = 0;
  return drained;
}

std::vector<double> AutogradEngine::Evaluate(const Batch& batch) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor tokens = Tokens(batch);
  const torch::Tensor means = model_
                                  .Losses(tokens.narrow(1, 0, batch.context),
                                          tokens.narrow(1, 1, batch.context))
                                  .mean(1, false, torch::kFloat64)
                                  .cpu();
  const double* values = means.const_data_ptr<double>();
  return {values, values + means.numel()};
}

std::unique_ptr<Engine> MakeEngine(const RunSpec& spec, const Device& device) {
  return std::make_unique<AutogradEngine>(
      spec, device.kind == Device::Kind::kCuda ? torch::Device(torch::kCUDA, 0)
                                               : torch::Device(torch::kCPU));
}

}  // namespace isoshape
