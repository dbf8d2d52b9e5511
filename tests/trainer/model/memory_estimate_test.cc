// Holds EstimateTrainingMemory against what LibTorch takes on a CPU.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "shape/accounting.h"
#include "shape/presets.h"
#include "tests/trainer/small_run.h"
#include "trainer/autograd/optimizer.h"
#include "trainer/autograd/replica_engine.h"
#include "trainer/model/parameters.h"
#include "trainer/run/tensor_memory.h"

namespace isoshape {
namespace {

// A run of 8 sequences of 64 tokens.
RunSpec RunOf(int64_t depth, int64_t width) {
  RunSpec spec;
  spec.run = "memory";
  spec.shape.depth = depth;
  spec.shape.width = width;
  spec.shape.head_dim = 16;
  spec.shape.heads = spec.shape.kv_heads = width / 16;
  spec.shape.ffn_width = 4 * width;
  spec.shape.vocab = 256;
  spec.shape.context = 64;
  spec.steps = 1;
  spec.tokens_per_step = int64_t{8} * 64;
  return spec;
}

// Shapes that differ in what takes the memory.
std::vector<std::pair<std::string, RunSpec>> Runs() {
  std::vector<std::pair<std::string, RunSpec>> runs = {{"deep", RunOf(12, 32)},
                                                       {"middle", RunOf(4, 64)},
                                                       {"wide", RunOf(1, 128)}};
  const auto add = [&](const char* name, auto change) {
    runs.emplace_back(name, RunOf(3, 64));
    change(runs.back().second.shape);
  };
  add("gpt2", [](Shape& shape) { ApplyPreset(*FindPreset("gpt2"), &shape); });
  add("bert", [](Shape& shape) { ApplyPreset(*FindPreset("bert"), &shape); });
  add("no_norm",
      [](Shape& shape) { shape.norm_placement = NormPlacement::kNone; });
  add("qk_norm", [](Shape& shape) { shape.qk_norm = true; });
  add("relu2", [](Shape& shape) { shape.activation = Activation::kRelu2; });
  add("vocabulary", [](Shape& shape) {
    shape.depth = 1;
    shape.vocab = 5000;
  });
  return runs;
}

TEST(MemoryEstimateTest, APassIsWithinAFifthOfWhatLibTorchTakes) {
  for (const auto& [name, run] : Runs()) {
    for (const bool bf16 : {false, true}) {
      // Products in bf16 take long on most CPUs.
      if (bf16 && name != "middle" && name != "gpt2") continue;
      for (const size_t replicas : {size_t{1}, size_t{2}}) {
        RunSpec spec = run;
        if (bf16) spec.recipe.precision = Precision::kBf16;
        ReplicaEngine engine(std::vector<RunSpec>(replicas, spec), torch::kCPU);
        const Batch batch = RandomBatch(8, 64, spec.shape.vocab, 1);
        const std::vector<const Batch*> batches(replicas, &batch);
        const auto measured = static_cast<double>(PeakTensorBytes([&] {
          std::vector<std::vector<float>> gradients;
          engine.Gradients(batches, &gradients);
        }));
        TrainingKind kind;
        kind.bf16 = bf16;
        kind.gpu = false;
        kind.replicas = static_cast<int64_t>(replicas);
        const auto estimate = static_cast<double>(
            EstimateTrainingMemory(spec.shape, spec.tokens_per_step, kind)
                .activations);
        EXPECT_NEAR(estimate / measured, 1, 0.2)
            << name << ", bf16 " << bf16 << ", replicas " << replicas << ", "
            << measured << " bytes measured";
      }
    }
  }
}

TEST(MemoryEstimateTest, AnUpdateByMuonIsWithinAFifthOfWhatLibTorchTakes) {
  const RunSpec spec = RunOf(4, 64);
  Recipe recipe;
  recipe.optimizer = OptimizerKind::kMuon;
  for (const bool bf16 : {false, true}) {
    if (bf16) recipe.precision = Precision::kBf16;
    Parameters parameters(spec.shape, recipe, 1, torch::kCPU);
    Optimizer optimizer(spec.shape, recipe, parameters);
    parameters.gradients().fill_(1);
    const auto measured =
        static_cast<double>(PeakTensorBytes([&] { optimizer.Step({1.0}); }));
    TrainingKind kind;
    kind.bf16 = bf16;
    kind.muon = true;
    const auto estimate = static_cast<double>(
        EstimateTrainingMemory(spec.shape, spec.tokens_per_step, kind)
            .optimizer);
    EXPECT_NEAR(estimate / measured, 1, 0.2)
        << "bf16 " << bf16 << ", " << measured << " bytes measured";
  }
}

}  // namespace
}  // namespace isoshape
