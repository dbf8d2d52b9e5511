#include "trainer/autograd_engine.h"

#include <cmath>

#include "trainer/masking.h"
#include "trainer/permutation.h"

namespace isoshape {
namespace {

// Held-out sequences are masked the same way in every run.
constexpr uint64_t kEvaluationMask = 0x6d61736bu;

// `values` [sequences, context] at the positions that count.
torch::Tensor Select(const torch::Tensor& values,
                     const torch::Tensor& positions) {
  return positions.defined() ? values.gather(1, positions) : values;
}

// Copies `values` into `buffer`, which is made where it is not of their size.
void Keep(const torch::Tensor& values, torch::Device device,
          torch::Tensor& buffer) {
  if (!values.defined()) return;
  if (!buffer.defined() || buffer.sizes() != values.sizes()) {
    buffer = torch::empty_like(values, values.options().device(device));
  }
  buffer.copy_(values, /*non_blocking=*/true);
}

// A flat buffer, copied to or from the device.
std::vector<float> Flat(const torch::Tensor& buffer) {
  const torch::Tensor on_cpu = buffer.cpu();
  const float* values = on_cpu.const_data_ptr<float>();
  return {values, values + on_cpu.numel()};
}
void SetFlat(const std::vector<float>& values, torch::Tensor& buffer) {
  TORCH_CHECK(static_cast<int64_t>(values.size()) == buffer.numel(),
              "a state of ", values.size(), " floats for a model of ",
              buffer.numel());
  buffer.copy_(torch::from_blob(const_cast<float*>(values.data()),
                                buffer.sizes(), torch::kFloat32));
}

}  // namespace

AutogradEngine::AutogradEngine(const RunSpec& spec, torch::Device device,
                               bool graphs, parallel::ProcessTeam* team)
    : device_(device),
      spec_(spec),
      parameters_(spec.shape, spec.recipe, spec.seed, device),
      model_(spec.shape, spec.recipe, parameters_),
      optimizer_(spec.shape, spec.recipe, parameters_),
      sums_(torch::zeros({4}, torch::dtype(torch::kFloat64).device(device))),
      team_(team) {
  if (team != nullptr) exchange_.emplace(*team, parameters_);
  if (!device.is_cuda()) return;
  at::globalContext().setAllowTF32CuBLAS(spec.recipe.precision ==
                                         Precision::kTf32);
  // Muon's rates are numbers of the host, which a graph would keep for ever.
  if (graphs && spec.recipe.optimizer == OptimizerKind::kAdamW) {
    step_rate_ = torch::zeros({}, torch::dtype(torch::kFloat32).device(device));
    graph_.emplace([this] { Compute(); });
  }
}

AutogradEngine::RawBatch AutogradEngine::Raw(const Batch& batch,
                                             uint64_t mask_seed,
                                             MaskedBatch* masked) const {
  const int64_t sequences = batch.sequences;
  RawBatch raw;
  raw.tokens = torch::from_blob(const_cast<int32_t*>(batch.tokens.data()),
                                {sequences, batch.context + 1}, torch::kInt32);
  const auto positions = [sequences](const std::vector<int64_t>& values) {
    return torch::from_blob(
        const_cast<int64_t*>(values.data()),
        {sequences, static_cast<int64_t>(values.size()) / sequences},
        torch::kInt64);
  };
  if (spec_.shape.objective == Objective::kCausal) {
    if (!batch.positions.empty()) raw.positions = positions(batch.positions);
    return raw;
  }
  *masked = MaskTokens(batch, spec_.shape.vocab, spec_.recipe.mask_fraction,
                       mask_seed);
  raw.inputs = torch::from_blob(masked->inputs.data(),
                                {sequences, batch.context}, torch::kInt32);
  raw.positions = positions(masked->positions);
  return raw;
}

torch::Tensor AutogradEngine::ShareOf(const torch::Tensor& sequences) const {
  if (team_ == nullptr || !sequences.defined()) return sequences;
  const int64_t share = sequences.size(0) / team_->size();
  return sequences.narrow(0, team_->rank() * share, share);
}

AutogradEngine::Tokens AutogradEngine::Load(const RawBatch& raw) const {
  const torch::Tensor all = raw.tokens.to(device_, torch::kInt64);
  const int64_t context = all.size(1) - 1;
  torch::Tensor positions;
  if (raw.positions.defined()) positions = raw.positions.to(device_);
  if (!raw.inputs.defined()) {
    return {all.narrow(1, 0, context), all.narrow(1, 1, context), positions};
  }
  return {raw.inputs.to(device_, torch::kInt64), all.narrow(1, 0, context),
          positions};
}

void AutogradEngine::Step(const Batch& batch, double rate_factor) {
  const uint64_t mask_seed = Mix(static_cast<uint64_t>(spec_.seed)) ^
                             static_cast<uint64_t>(trained_++);
  MaskedBatch masked;
  const RawBatch raw = Raw(batch, mask_seed, &masked);
  Keep(ShareOf(raw.tokens), device_, step_batch_.tokens);
  Keep(ShareOf(raw.inputs), device_, step_batch_.inputs);
  Keep(ShareOf(raw.positions), device_, step_batch_.positions);
  rate_factor_ = rate_factor;
  if (graph_.has_value()) {
    step_rate_.fill_(rate_factor);
    graph_->Run();
  } else {
    Compute();
  }
  ++steps_;
}

torch::Tensor AutogradEngine::ForwardBackward(const Tokens& tokens) {
  parameters_.gradients().zero_();
  const double z_loss = spec_.recipe.z_loss;
  torch::Tensor log_normalizer;
  const torch::Tensor losses = model_.Losses(
      tokens.inputs, tokens.targets, z_loss > 0 ? &log_normalizer : nullptr);
  const torch::Tensor loss = Select(losses, tokens.positions).mean();
  if (z_loss > 0) {
    const torch::Tensor penalty =
        Select(log_normalizer, tokens.positions).square().mean();
    torch::add(loss, penalty, z_loss).backward();
  } else {
    loss.backward();
  }
  return exchange_.has_value() ? exchange_->Finish(loss) : loss.detach();
}

void AutogradEngine::Compute() {
  const torch::Tensor loss = ForwardBackward(Load(step_batch_));
  const torch::Tensor norm = step_rate_.defined()
                                 ? optimizer_.Step(step_rate_)
                                 : optimizer_.Step(rate_factor_);
  const torch::NoGradGuard no_grad;
  sums_[0].add_(loss);
  sums_[1].add_(norm);
  sums_[2].copy_(torch::maximum(sums_[2], norm));
  sums_[3].copy_(torch::maximum(sums_[3], loss));
}

StepSums AutogradEngine::Drain() {
  const torch::Tensor sums = sums_.cpu();
  const double* values = sums.const_data_ptr<double>();
  StepSums drained;
  drained.steps = steps_;
  drained.loss = values[0];
  drained.loss_max = values[3];
  drained.gradient_norm = values[1];
  drained.gradient_norm_max = values[2];
  drained.finite = std::isfinite(values[0]) && std::isfinite(values[1]);
  sums_.zero_();
  steps_ = 0;
  return drained;
}

std::vector<double> AutogradEngine::Evaluate(const Batch& batch) {
  const torch::NoGradGuard no_grad;
  MaskedBatch masked;
  const Tokens tokens = Load(Raw(batch, kEvaluationMask, &masked));
  const torch::Tensor means =
      Select(model_.Losses(tokens.inputs, tokens.targets), tokens.positions)
          .mean(1, false, torch::kFloat64)
          .cpu();
  const double* values = means.const_data_ptr<double>();
  return {values, values + means.numel()};
}

double AutogradEngine::Gradients(const Batch& batch,
                                 std::vector<float>* gradients) {
  MaskedBatch masked;
  const RawBatch raw = Raw(batch, kEvaluationMask, &masked);
  const torch::Tensor loss = ForwardBackward(
      Load({ShareOf(raw.tokens), ShareOf(raw.inputs), ShareOf(raw.positions)}));
  *gradients = Flat(parameters_.gradients());
  return loss.item<double>();
}

EngineState AutogradEngine::Save() {
  return {trained_, Flat(parameters_.weights()), Flat(optimizer_.means()),
          Flat(optimizer_.squares())};
}

void AutogradEngine::Restore(const EngineState& state) {
  const torch::NoGradGuard no_grad;
  SetFlat(state.weights, parameters_.weights());
  SetFlat(state.means, optimizer_.means());
  SetFlat(state.squares, optimizer_.squares());
  optimizer_.set_step(state.step);
  trained_ = state.step;
  sums_.zero_();
  steps_ = 0;
}

}  // namespace isoshape
