#include "trainer/autograd/replica_engine.h"

#include <c10/util/Exception.h>

#include <cmath>

#include "shape/accounting.h"
#include "trainer/data/permutation.h"
#include "trainer/model/masking.h"

namespace isoshape {
namespace {

// Held-out sequences are masked the same way in every run.
constexpr uint64_t kEvaluationMask = 0x6d61736bu;

// A run of so many FLOPs takes half a minute or more on a GPU for which
// LibTorch prefers cuDNN's attention (docs/adr/0006).
constexpr double kCudnnAttentionFlops = 1e16;

// `values` [sequences, context] at the positions that count.
torch::Tensor Select(const torch::Tensor& values,
                     const torch::Tensor& positions) {
  return positions.defined() ? values.gather(1, positions) : values;
}

// Begins to copy host values to the device. Through pinned memory, which
// LibTorch keeps until the copy is done: from other memory a copy waits for the
// GPU.
void Upload(const torch::Tensor& values, const torch::Tensor& buffer) {
  buffer.copy_(buffer.is_cuda() ? values.pin_memory() : values,
               /*non_blocking=*/true);
}

// Uploads `values` into `buffer`, which is made on the first call and keeps its
// address, as a graph reads it.
void Keep(const torch::Tensor& values, torch::Device device,
          torch::Tensor& buffer) {
  if (!values.defined()) return;
  if (!buffer.defined()) {
    buffer = torch::empty_like(values, values.options().device(device));
  }
  TORCH_CHECK(buffer.sizes() == values.sizes(), "a step of ", values.sizes(),
              " after steps of ", buffer.sizes());
  Upload(values, buffer);
}

// A flat buffer, copied to or from the device.
std::vector<float> Flat(const torch::Tensor& buffer) {
  const torch::Tensor on_cpu = buffer.cpu();
  const float* values = on_cpu.const_data_ptr<float>();
  return {values, values + on_cpu.numel()};
}
void SetFlat(const std::vector<float>& values, const torch::Tensor& buffer) {
  TORCH_CHECK(static_cast<int64_t>(values.size()) == buffer.numel(),
              "a state of ", values.size(), " floats for a model of ",
              buffer.numel());
  buffer.copy_(torch::from_blob(const_cast<float*>(values.data()),
                                buffer.sizes(), torch::kFloat32));
}

// Replicas' parameters are strided views into one buffer, and so are their
// gradients; autograd takes each first one of another layout for a mistake.
class NoLayoutWarning : public c10::WarningHandler {
 public:
  void process(const c10::Warning& warning) override {
    if (warning.msg().find("gradient layout contract") == std::string::npos) {
      c10::WarningHandler::process(warning);
    }
  }
};

template <typename Field>
auto OfEach(const std::vector<RunSpec>& specs, const Field& field) {
  std::vector<std::decay_t<decltype(field(specs.front()))>> values;
  for (const RunSpec& spec : specs) values.push_back(field(spec));
  return values;
}

}  // namespace

ReplicaEngine::ReplicaEngine(const std::vector<RunSpec>& specs,
                             torch::Device device, bool graphs,
                             parallel::ProcessTeam* team, int64_t passes)
    : device_(device),
      spec_(specs.front()),
      seeds_(OfEach(specs, [](const RunSpec& spec) { return spec.seed; })),
      parameters_(spec_.shape, spec_.recipe, seeds_, device),
      model_(spec_.shape, spec_.recipe, parameters_),
      optimizer_(spec_.shape,
                 OfEach(specs, [](const RunSpec& spec) { return spec.recipe; }),
                 parameters_),
      trained_(specs.size(), 0),
      sums_(torch::zeros({4, parameters_.replicas()},
                         torch::dtype(torch::kFloat64).device(device))),
      team_(team),
      passes_(passes) {
  if (team != nullptr) exchange_.emplace(*team, parameters_);
  if (!device.is_cuda()) return;
  at::globalContext().setAllowTF32CuBLAS(spec_.recipe.precision ==
                                         Precision::kTf32);
  model_.set_cudnn_attention(
      TrainingFlopsPerToken(spec_.shape) *
          static_cast<double>(parameters_.replicas() * spec_.steps *
                              spec_.tokens_per_step) >
      kCudnnAttentionFlops);
  step_rates_ = torch::zeros({parameters_.replicas()},
                             torch::dtype(torch::kFloat32).device(device));
  if (graphs) graph_.emplace([this] { Compute(); });
}

ReplicaEngine::RawBatch ReplicaEngine::Raw(const Batch& batch,
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

ReplicaEngine::RawBatch ReplicaEngine::Stack(
    const std::vector<RawBatch>& batches) const {
  const auto stack = [&](torch::Tensor RawBatch::*part) -> torch::Tensor {
    if (!(batches.front().*part).defined()) return {};
    std::vector<torch::Tensor> parts;
    for (const RawBatch& batch : batches) {
      const torch::Tensor& all = batch.*part;
      const int64_t share =
          all.size(0) / (team_ == nullptr ? 1 : team_->size());
      parts.push_back(
          all.narrow(0, team_ == nullptr ? 0 : team_->rank() * share, share));
    }
    return parts.size() == 1 ? parts.front() : torch::cat(parts);
  };
  return {stack(&RawBatch::tokens), stack(&RawBatch::inputs),
          stack(&RawBatch::positions)};
}

ReplicaEngine::Tokens ReplicaEngine::Load(const RawBatch& raw) const {
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

void ReplicaEngine::Step(const std::vector<const Batch*>& batches,
                         const std::vector<double>& rate_factors) {
  std::vector<MaskedBatch> masked(batches.size());
  std::vector<RawBatch> parts;
  for (size_t replica = 0; replica < batches.size(); ++replica) {
    const uint64_t mask_seed = Mix(static_cast<uint64_t>(seeds_[replica])) ^
                               static_cast<uint64_t>(trained_[replica]++);
    parts.push_back(Raw(*batches[replica], mask_seed, &masked[replica]));
  }
  const RawBatch raw = Stack(parts);
  Keep(raw.tokens, device_, step_batch_.tokens);
  Keep(raw.inputs, device_, step_batch_.inputs);
  Keep(raw.positions, device_, step_batch_.positions);
  rate_factors_ = rate_factors;
  if (step_rates_.defined()) {
    Upload(torch::tensor(rate_factors, torch::kFloat32), step_rates_);
  }
  if (graph_.has_value()) {
    graph_->Run();
  } else {
    Compute();
  }
  ++steps_;
}

ReplicaEngine::Tokens ReplicaEngine::Part(const Tokens& tokens,
                                          int64_t pass) const {
  if (passes_ == 1) return tokens;
  const auto part = [&](const torch::Tensor& all) -> torch::Tensor {
    if (!all.defined()) return {};
    const torch::Tensor by_replica =
        all.unflatten(0, {parameters_.replicas(), -1});
    TORCH_CHECK(by_replica.size(1) % passes_ == 0, by_replica.size(1),
                " sequences in ", passes_, " passes");
    const int64_t count = by_replica.size(1) / passes_;
    return by_replica.narrow(1, pass * count, count).flatten(0, 1);
  };
  return {part(tokens.inputs), part(tokens.targets), part(tokens.positions)};
}

torch::Tensor ReplicaEngine::ForwardBackward(const Tokens& tokens) {
  parameters_.gradients().zero_();
  NoLayoutWarning handler;
  const c10::WarningUtils::WarningHandlerGuard guard(&handler);
  torch::Tensor loss;
  for (int64_t pass = 0; pass < passes_; ++pass) {
    if (exchange_.has_value()) exchange_->set_last_pass(pass + 1 == passes_);
    const Tokens part = Part(tokens, pass);
    const MeanLoss means =
        model_.MeanLosses(part.inputs, part.targets, part.positions);
    const double share = 1.0 / static_cast<double>(passes_);
    // A replica's weights are in its own loss alone: the gradient of each.
    means.objective.backward(torch::full_like(means.objective, share));
    loss = loss.defined() ? loss.add(means.loss, share)
           : passes_ == 1 ? means.loss
                          : means.loss * share;
  }
  return exchange_.has_value() ? exchange_->Finish(loss) : loss;
}

void ReplicaEngine::Compute() {
  const torch::Tensor losses = ForwardBackward(Load(step_batch_));
  const torch::Tensor norms = step_rates_.defined()
                                  ? optimizer_.Step(step_rates_)
                                  : optimizer_.Step(rate_factors_);
  const torch::NoGradGuard no_grad;
  sums_[0].add_(losses);
  sums_[1].add_(norms);
  sums_[2].copy_(torch::maximum(sums_[2], norms));
  sums_[3].copy_(torch::maximum(sums_[3], losses));
}

std::vector<StepSums> ReplicaEngine::Drain() {
  const torch::Tensor sums = sums_.cpu();
  const auto values = sums.accessor<double, 2>();
  std::vector<StepSums> drained;
  for (int64_t replica = 0; replica < parameters_.replicas(); ++replica) {
    StepSums& of_one = drained.emplace_back();
    of_one.steps = steps_;
    of_one.loss = values[0][replica];
    of_one.loss_max = values[3][replica];
    of_one.gradient_norm = values[1][replica];
    of_one.gradient_norm_max = values[2][replica];
    of_one.finite =
        std::isfinite(of_one.loss) && std::isfinite(of_one.gradient_norm);
  }
  sums_.zero_();
  steps_ = 0;
  return drained;
}

std::vector<std::vector<double>> ReplicaEngine::Evaluate(const Batch& batch) {
  const torch::NoGradGuard no_grad;
  MaskedBatch masked;
  const RawBatch raw = Raw(batch, kEvaluationMask, &masked);
  const int64_t replicas = parameters_.replicas();
  const auto repeat = [replicas](const torch::Tensor& part) {
    return part.defined() ? part.repeat({replicas, 1}) : part;
  };
  const Tokens tokens =
      Load({repeat(raw.tokens), repeat(raw.inputs), repeat(raw.positions)});
  const torch::Tensor means = WithRoom([&] {
    return Select(model_.Losses(tokens.inputs, tokens.targets),
                  tokens.positions)
        .mean(1, false, torch::kFloat64)
        .cpu();
  });
  const double* values = means.const_data_ptr<double>();
  std::vector<std::vector<double>> losses;
  for (int64_t replica = 0; replica < replicas; ++replica) {
    losses.emplace_back(values, values + batch.sequences);
    values += batch.sequences;
  }
  return losses;
}

std::vector<double> ReplicaEngine::Gradients(
    const std::vector<const Batch*>& batches,
    std::vector<std::vector<float>>* gradients) {
  std::vector<MaskedBatch> masked(batches.size());
  std::vector<RawBatch> parts;
  for (size_t replica = 0; replica < batches.size(); ++replica) {
    parts.push_back(Raw(*batches[replica], kEvaluationMask, &masked[replica]));
  }
  const torch::Tensor losses = WithRoom([&] {
    return ForwardBackward(Load(Stack(parts))).to(torch::kCPU, torch::kFloat64);
  });
  if (gradients != nullptr) {
    gradients->clear();
    for (int64_t replica = 0; replica < parameters_.replicas(); ++replica) {
      gradients->push_back(Flat(parameters_.gradients()[replica]));
    }
  }
  const double* values = losses.const_data_ptr<double>();
  return {values, values + losses.numel()};
}

std::string ReplicaEngine::name() const {
  if (!device_.is_cuda()) return "autograd/cpu";
  return graph_.has_value() ? "autograd/cuda-graphs" : "autograd/cuda";
}

EngineState ReplicaEngine::Save(size_t replica) {
  const auto row = static_cast<int64_t>(replica);
  return {trained_[replica], Flat(parameters_.weights()[row]),
          Flat(optimizer_.means()[row]), Flat(optimizer_.squares()[row])};
}

void ReplicaEngine::Restore(size_t replica, const EngineState& state) {
  const torch::NoGradGuard no_grad;
  const auto row = static_cast<int64_t>(replica);
  SetFlat(state.weights, parameters_.weights()[row]);
  SetFlat(state.means, optimizer_.means()[row]);
  SetFlat(state.squares, optimizer_.squares()[row]);
  optimizer_.set_step(row, state.step);
  trained_[replica] = state.step;
  sums_.zero_();
  steps_ = 0;
}

}  // namespace isoshape
