#include "trainer/cpu/cpu_engine.h"

#include <algorithm>
#include <cmath>

#include "trainer/model/parameters.h"
#include "trainer/spec/recipe.h"

namespace isoshape::cpu {
namespace {

// Tokens that a pass takes at least: enough to use a weight often while it is
// in cache.
constexpr int64_t kPassTokens = 128;

// Sequences in a pass.
int64_t GroupSize(const RunSpec& spec) {
  return std::max<int64_t>(
      1, (kPassTokens + spec.shape.context - 1) / spec.shape.context);
}

}  // namespace

bool CpuEngine::Supports(const RunSpec& spec, const Kernels& kernels) {
  return !NeedsAutograd(spec) && (spec.recipe.precision == Precision::kFp32 ||
                                  kernels.pack_pairs != nullptr);
}

CpuEngine::CpuEngine(const RunSpec& spec, int threads, const Kernels& kernels)
    : spec_(spec),
      kernels_(kernels),
      flat_layout_(LayOutParameters(spec.shape)),
      layout_(PadLayout(spec.shape, flat_layout_)),
      group_(GroupSize(spec)),
      team_(std::max(1, threads)),
      weights_(spec.shape, layout_, spec.recipe.precision, kernels),
      means_(layout_.size),
      squares_(layout_.size) {
  const Parameters initial(spec.shape, spec.recipe, spec.seed, torch::kCPU);
  layout_.FromFlat(initial.weights().const_data_ptr<float>(),
                   weights_.values().data());
  weights_.Pack(0, 1);
  for (int thread = 0; thread < team_.size(); ++thread) {
    workers_.push_back(std::unique_ptr<Worker>(
        new Worker{Pass(spec.shape, spec.recipe, weights_, kernels, group_),
                   Buffer(layout_.size), 0, 0}));
  }
}

CpuEngine::Share CpuEngine::ShareOf(int64_t count, int64_t step,
                                    int thread) const {
  const int64_t steps = (count + step - 1) / step;
  return {std::min(count, steps * thread / team_.size() * step),
          std::min(count, steps * (thread + 1) / team_.size() * step)};
}

void CpuEngine::Step(const Batch& batch, double rate_factor) {
  const double loss = ForwardBackward(batch);
  const double norm = Update(rate_factor);
  ++sums_.steps;
  sums_.loss += loss;
  sums_.loss_max = std::max(sums_.loss_max, loss);
  sums_.gradient_norm += norm;
  sums_.gradient_norm_max = std::max(sums_.gradient_norm_max, norm);
  sums_.finite = sums_.finite && std::isfinite(loss) && std::isfinite(norm);
}

StepSums CpuEngine::Drain() {
  StepSums drained;
  std::swap(drained, sums_);
  return drained;
}

std::vector<double> CpuEngine::Evaluate(const Batch& batch) {
  std::vector<double> losses(static_cast<size_t>(batch.sequences));
  team_.Run([&](int thread) {
    const Share share = ShareOf(batch.sequences, 1, thread);
    Pass& pass = workers_[static_cast<size_t>(thread)]->pass;
    for (int64_t i = share.begin; i < share.end; i += group_) {
      pass.Evaluate(batch.tokens.data() + i * (batch.context + 1),
                    std::min(group_, share.end - i), batch.context,
                    losses.data() + i);
    }
  });
  return losses;
}

double CpuEngine::ForwardBackward(const Batch& batch) {
  const int64_t tokens = batch.sequences * batch.context;
  team_.Run([&](int thread) {
    const Share share = ShareOf(batch.sequences, 1, thread);
    Worker& worker = *workers_[static_cast<size_t>(thread)];
    worker.loss = 0;
    for (int64_t i = share.begin; i < share.end; i += group_) {
      worker.loss += worker.pass.Train(
          batch.tokens.data() + i * (batch.context + 1),
          std::min(group_, share.end - i), batch.context,
          1 / static_cast<float>(tokens), worker.gradients.data());
    }
  });
  team_.Run([&](int thread) { AddUpGradients(thread); });
  double loss = 0;
  for (const auto& worker : workers_) loss += worker->loss;
  return loss / static_cast<double>(tokens);
}

void CpuEngine::AddUpGradients(int thread) {
  const Share share = ShareOf(layout_.size, kBlock, thread);
  const int64_t count = share.end - share.begin;
  float* sum = workers_.front()->gradients.data() + share.begin;
  for (size_t other = 1; other < workers_.size(); ++other) {
    float* part = workers_[other]->gradients.data() + share.begin;
    kernels_.add_scaled(part, 1, sum, count);
    std::fill_n(part, count, 0.0f);
  }
  workers_[static_cast<size_t>(thread)]->squares =
      kernels_.sum_of_squares(sum, count);
}

double CpuEngine::Update(double rate_factor) {
  double squares = 0;
  for (const auto& worker : workers_) squares += worker->squares;
  const double norm = std::sqrt(squares);
  const Recipe& recipe = spec_.recipe;
  const double clip = recipe.gradient_clip;
  const double step = static_cast<double>(++trained_);
  AdamWStep settings{};
  settings.beta1 = static_cast<float>(recipe.beta1);
  settings.beta2 = static_cast<float>(recipe.beta2);
  settings.mean_correction =
      static_cast<float>(1 / (1 - std::pow(recipe.beta1, step)));
  settings.square_correction =
      static_cast<float>(1 / std::sqrt(1 - std::pow(recipe.beta2, step)));
  settings.gradient_scale =
      clip > 0 ? static_cast<float>(1 / std::max(1.0, norm / clip)) : 1.0f;
  team_.Run([&](int thread) {
    for (const ParameterGroup& group : layout_.groups) {
      const GroupOptions options = OptionsOf(group.kind, spec_.shape, recipe);
      const double rate = options.learning_rate * rate_factor;
      AdamWStep own = settings;
      own.rate = static_cast<float>(rate);
      own.decay = static_cast<float>(1 - rate * options.weight_decay);
      own.epsilon = static_cast<float>(options.epsilon);
      const Share share = ShareOf(group.length, kBlock, thread);
      const int64_t begin = group.offset + share.begin;
      kernels_.adamw(own, weights_.values().data() + begin,
                     workers_.front()->gradients.data() + begin,
                     means_.data() + begin, squares_.data() + begin,
                     share.end - share.begin);
    }
  });
  team_.Run([&](int thread) { weights_.Pack(thread, team_.size()); });
  return norm;
}

double CpuEngine::Gradients(const Batch& batch, std::vector<float>* gradients) {
  const double loss = ForwardBackward(batch);
  Buffer& sum = workers_.front()->gradients;
  if (gradients != nullptr) {
    gradients->assign(static_cast<size_t>(flat_layout_.size), 0.0f);
    layout_.ToFlat(sum.data(), gradients->data());
  }
  std::fill_n(sum.data(), sum.size(), 0.0f);
  return loss;
}

std::vector<float> CpuEngine::Flat(const Buffer& padded) const {
  std::vector<float> flat(static_cast<size_t>(flat_layout_.size));
  layout_.ToFlat(padded.data(), flat.data());
  return flat;
}

EngineState CpuEngine::Save() {
  return {trained_, Flat(weights_.values()), Flat(means_), Flat(squares_)};
}

void CpuEngine::Restore(const EngineState& state) {
  layout_.FromFlat(state.weights.data(), weights_.values().data());
  layout_.FromFlat(state.means.data(), means_.data());
  layout_.FromFlat(state.squares.data(), squares_.data());
  weights_.Pack(0, 1);
  trained_ = state.step;
  sums_ = {};
}

}  // namespace isoshape::cpu
