#include "trainer/run/shape_costs.h"

#include <torch/cuda.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <map>
#include <string>

#include "trainer/engine/passes.h"
#include "trainer/model/model.h"
#include "trainer/model/parameters.h"
#include "trainer/run/run_outcome.h"
#include "trainer/run/tensor_memory.h"
#include "trainer/run/warm_up.h"

namespace isoshape {
namespace {

using SteadyClock = std::chrono::steady_clock;

// The time that the measurements may take: seconds, or a share of the training.
constexpr double kMinSeconds = 1, kShareOfTraining = 0.05;
// A time is the min of so many, after others that are not timed: one, or as
// many as it takes to record a step.
constexpr int kRepeats = 2, kWarmUps = 1;
// Steps' worth of time that the measurements take: three each of a forward
// pass, a forward and backward pass, and a step, and the gradients once more;
// LibTorch's passes, which may be three times slower than the engine's, twice
// with a backward pass.
constexpr double kStepsToSplit = 8, kStepsForMemory = 8;
// Tokens that are decoded after a prompt that leaves room for them.
constexpr int64_t kDecodedTokens = 8;

class Measurer {
 public:
  Measurer(const RunSpec& spec, const Device& device, const Batch& batch)
      : spec_(spec),
        batch_(batch),
        cuda_(device.kind == Device::Kind::kCuda),
        graphs_(device.graphs) {}

  // Min time of a call, with the device's work.
  template <typename Work>
  double Time(const Work& work, int64_t warm_ups = kWarmUps) const {
    for (int64_t i = 0; i < warm_ups; ++i) work();
    if (cuda_) torch::cuda::synchronize();
    double min = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kRepeats; ++i) {
      const SteadyClock::time_point begin = SteadyClock::now();
      work();
      if (cuda_) torch::cuda::synchronize();
      const std::chrono::duration<double> taken = SteadyClock::now() - begin;
      min = std::min(min, taken.count());
    }
    return min;
  }

  // Measures the parts of a step, over all of its passes. The time of the
  // optimizer is that of a step less that of a forward and backward pass. It is
  // absent if a step is so much faster as a graph that nothing is left.
  void SplitStep(Engine& engine, ShapeCosts& costs) const {
    // First, as the others may want the memory of the graph of a step. At a
    // rate of 0 the weights stay what they are.
    const double step = Time(
        [&] {
          engine.Step(batch_, 0);
          engine.Drain();
        },
        graphs_ ? kStartUpSteps : kWarmUps);
    const double forward = Time([&] { engine.Evaluate(batch_); });
    // A copy to the host would take longer than the pass.
    const double both = Time([&] { engine.Gradients(batch_, nullptr); });
    costs.forward_seconds = forward;
    if (both > forward) costs.backward_seconds = both - forward;
    if (step > both) costs.optimizer_seconds = step - both;
    std::vector<float> gradients;
    engine.Gradients(batch_, &gradients);
    costs.layer_gradient_norms = LayerNorms(gradients);
  }

  // Peaks of LibTorch's own passes over the batch, with `model`.
  void MeasureMemory(Model& model, ShapeCosts& costs) const {
    const torch::Tensor tokens = Tokens();
    const torch::Tensor inputs = tokens.narrow(1, 0, batch_.context);
    const torch::Tensor targets = tokens.narrow(1, 1, batch_.context);
    const auto train = [&] {
      model.MeanLosses(inputs, targets).objective.backward();
    };
    costs.training_activation_bytes = PeakTensorBytes(train);
    model.set_recompute(true);
    costs.recomputation_activation_bytes = PeakTensorBytes(train);
    model.set_recompute(false);
    costs.inference_activation_bytes = PeakTensorBytes([&] {
      const torch::NoGradGuard no_grad;
      model.Losses(inputs, targets);
    });
  }

  // Measures the latency of one sequence: of a prompt, then of tokens one by
  // one.
  void MeasureLatency(const Model& trained, ShapeCosts& costs) const {
    const Model model = trained.ForDecoding();
    const torch::Tensor tokens = Tokens().narrow(0, 0, 1);
    const int64_t decoded = std::min(kDecodedTokens, batch_.context / 2);
    const int64_t prompt = batch_.context - decoded;
    KeyValueCache cache;
    costs.prefill_seconds = Time([&] {
      cache.length = 0;
      model.NextLogits(tokens.narrow(1, 0, prompt), cache);
    });
    if (decoded == 0) return;
    costs.decode_seconds =
        Time([&] {
          cache.length = prompt;
          for (int64_t i = 0; i < decoded; ++i) {
            model.NextLogits(tokens.narrow(1, prompt + i, 1), cache);
          }
        }) /
        static_cast<double>(decoded);
  }

 private:
  torch::Tensor Tokens() const {
    return torch::from_blob(const_cast<int32_t*>(batch_.tokens.data()),
                            {batch_.sequences, batch_.context + 1},
                            torch::kInt32)
        .to(cuda_ ? torch::kCUDA : torch::kCPU, torch::kInt64);
  }

  std::vector<double> LayerNorms(const std::vector<float>& gradients) const {
    const ParameterLayout layout = LayOutParameters(spec_.shape);
    std::vector<double> squares(static_cast<size_t>(spec_.shape.depth), 0.0);
    for (const ParameterSlot& slot : layout.parameters) {
      const size_t dot = slot.name.find('.');
      if (dot == std::string::npos) continue;  // not of a block
      double& sum = squares[std::stoul(slot.name.substr(0, dot))];
      for (int64_t i = slot.offset; i < slot.offset + slot.count; ++i) {
        const double value = gradients[static_cast<size_t>(i)];
        sum += value * value;
      }
    }
    for (double& value : squares) value = std::sqrt(value);
    return squares;
  }

  const RunSpec& spec_;
  const Batch& batch_;
  const bool cuda_, graphs_;
};

// FLOPs per second of the best of several square matmuls, once in a process
// for each precision.
double MatmulRoof(const Device& device, Precision precision) {
  static std::map<Precision, double> roofs;
  double& roof = roofs[precision];
  if (roof > 0) return roof;
  const torch::NoGradGuard no_grad;
  const bool cuda = device.kind == Device::Kind::kCuda;
  const int64_t size = cuda ? 8192 : 1024;
  const auto options =
      torch::dtype(precision == Precision::kBf16 ? torch::kBFloat16
                                                 : torch::kFloat32)
          .device(cuda ? torch::kCUDA : torch::kCPU);
  // Numbers as in training: a GPU takes less power, and is faster, on
  // constants.
  const torch::Tensor a = torch::randn({size, size}, options);
  const torch::Tensor b = torch::randn({size, size}, options);
  constexpr int kRoofWarmUps = 2, kRoofRepeats = 4;
  for (int i = 0; i < kRoofWarmUps + kRoofRepeats; ++i) {
    if (cuda) torch::cuda::synchronize();
    const SteadyClock::time_point begin = SteadyClock::now();
    torch::mm(a, b);
    if (cuda) torch::cuda::synchronize();
    const std::chrono::duration<double> taken = SteadyClock::now() - begin;
    if (i < kRoofWarmUps) continue;
    roof = std::max(roof,
                    2 * std::pow(static_cast<double>(size), 3) / taken.count());
  }
  return roof;
}

}  // namespace

double SecondsForCosts(double train_seconds) {
  return std::max(kMinSeconds, kShareOfTraining * train_seconds);
}

ShapeCosts MeasureCosts(const RunSpec& spec, const Device& device,
                        const Batch& batch, double step_seconds, double seconds,
                        Engine& engine, const std::function<bool()>& go_on) {
  ShapeCosts costs;
  const Measurer measurer(spec, device, batch);
  double left = seconds;
  try {
    if (kStepsToSplit * step_seconds <= left) {
      measurer.SplitStep(engine, costs);
      left -= kStepsToSplit * step_seconds;
    }
    if (!go_on()) return costs;
    costs.matmul_flops_per_second = MatmulRoof(device, spec.recipe.precision);
    if (!go_on() || kStepsForMemory * step_seconds > left) return costs;
    const torch::Device place =
        device.kind == Device::Kind::kCuda ? torch::kCUDA : torch::kCPU;
    Parameters parameters(spec.shape, spec.recipe, spec.seed, place);
    Model model(spec.shape, spec.recipe, parameters);
    // It passes over all sequences of a step at once.
    if (PassesOfStep(spec, 1, device) == 1) {
      measurer.MeasureMemory(model, costs);
    }
    if (go_on() && spec.shape.objective == Objective::kCausal) {
      measurer.MeasureLatency(model, costs);
    }
  } catch (const std::exception&) {
    // Figures that were measured stay, unless the device is lost.
    if (ResultOfException().outcome == RunResult::Outcome::kDeviceLost) throw;
  }
  return costs;
}

}  // namespace isoshape
