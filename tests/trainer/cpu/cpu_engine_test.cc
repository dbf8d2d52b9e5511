#include "trainer/cpu/cpu_engine.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/trainer/small_run.h"
#include "trainer/autograd/autograd_engine.h"

namespace isoshape::cpu {
namespace {

using NamedRuns = std::vector<std::pair<std::string, RunSpec>>;

template <typename Change>
void AddRun(const char* name, const Change& change, NamedRuns& runs) {
  runs.emplace_back(name, SmallRun());
  change(runs.back().second);
}

// Sizes that are no whole number of the kernels' tiles, and that are.
void AddSizes(NamedRuns& runs) {
  const auto add = [&](const char* name, const auto& change) {
    AddRun(name, change, runs);
  };
  add("odd sizes", [](RunSpec& spec) {
    spec.shape = {.depth = 2,
                  .width = 36,
                  .head_dim = 12,
                  .heads = 3,
                  .kv_heads = 1,
                  .ffn_width = 53,
                  .vocab = 259,
                  .context = 37};
    spec.shape.bias = true;
  });
  add("odd sizes, layer norm", [](RunSpec& spec) {
    spec.shape = {.depth = 1,
                  .width = 40,
                  .head_dim = 20,
                  .heads = 2,
                  .kv_heads = 2,
                  .ffn_width = 70,
                  .vocab = 300,
                  .context = 21};
    spec.shape.norm = Norm::kLayer;
    spec.shape.activation = Activation::kGelu;
    spec.shape.tied_embedding = true;
    spec.shape.bias = true;
  });
  add("whole tiles", [](RunSpec& spec) {
    spec.shape = {.depth = 2,
                  .width = 64,
                  .head_dim = 32,
                  .heads = 2,
                  .kv_heads = 2,
                  .ffn_width = 96,
                  .vocab = 256,
                  .context = 144};
  });
}

// Small runs that differ in one option or in several, with a name for each:
// all that CpuEngine computes.
NamedRuns RunsOfEveryOption() {
  NamedRuns runs;
  for (const auto& [name, shape] : ShapesOfEveryOption()) {
    RunSpec spec = SmallRun();
    spec.shape = shape;
    if (CpuEngine::Supports(spec)) runs.emplace_back(name, spec);
  }
  AddSizes(runs);
  const auto add = [&](const char* name, const auto& change) {
    AddRun(name, change, runs);
  };
  add("mup", [](RunSpec& spec) {
    spec.recipe.parameterization = Parameterization::kMup;
    spec.recipe.base_width = 8;
  });
  add("standard", [](RunSpec& spec) {
    spec.recipe.parameterization = Parameterization::kStandard;
  });
  add("multipliers", [](RunSpec& spec) {
    spec.recipe.base_width = 8;
    spec.recipe.base_depth = 1;
    spec.recipe.input_multiplier = 3;
    spec.recipe.output_multiplier = 0.5;
  });
  add("no clipping", [](RunSpec& spec) { spec.recipe.gradient_clip = 0; });
  add("hard clipping", [](RunSpec& spec) { spec.recipe.gradient_clip = 0.01; });
  return runs;
}

double Norm(const std::vector<float>& values) {
  double squares = 0;
  for (const float value : values) {
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  return std::sqrt(squares);
}

double Distance(std::vector<float> a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return Norm(a);
}

std::vector<float> ToVector(const torch::Tensor& tensor) {
  const float* values = tensor.const_data_ptr<float>();
  return {values, values + tensor.numel()};
}

// Mean loss and gradients by autograd.
double GradientsByAutograd(AutogradEngine& engine, const Batch& batch,
                           std::vector<float>* gradients) {
  const torch::Tensor all =
      torch::from_blob(const_cast<int32_t*>(batch.tokens.data()),
                       {batch.sequences, batch.context + 1}, torch::kInt32)
          .to(torch::kInt64);
  engine.parameters().gradients().zero_();
  const torch::Tensor loss = engine.model()
                                 .MeanLosses(all.narrow(1, 0, batch.context),
                                             all.narrow(1, 1, batch.context))
                                 .objective;
  loss.backward();
  *gradients = ToVector(engine.parameters().gradients());
  return loss.item<double>();
}

TEST(CpuEngineTest, GradientsAreThoseOfAutograd) {
  for (const auto& [name, spec] : RunsOfEveryOption()) {
    AutogradEngine autograd(spec, torch::kCPU);
    const Batch batch = RandomBatch(5, spec.shape.context, spec.shape.vocab, 3);
    std::vector<float> expected;
    const double loss = GradientsByAutograd(autograd, batch, &expected);
    for (const Kernels* const* kernels = SupportedKernels();
         *kernels != nullptr; ++kernels) {
      for (const int threads : {1, 2}) {
        SCOPED_TRACE(name + ", " + (*kernels)->name + ", threads " +
                     std::to_string(threads));
        CpuEngine engine(spec, threads, **kernels);
        std::vector<float> gradients;
        EXPECT_NEAR(engine.Gradients(batch, &gradients), loss, 1e-5);
        for (const ParameterSlot& slot :
             autograd.parameters().layout().parameters) {
          const auto part = [&slot](const std::vector<float>& flat) {
            const auto begin = flat.begin() + slot.offset;
            return std::vector<float>(begin, begin + slot.count);
          };
          EXPECT_LE(Distance(part(gradients), part(expected)),
                    1e-4 * Norm(part(expected)) + 1e-7)
              << slot.name;
        }
      }
    }
  }
}

// Operands are rounded to 8 bits of precision, sums are not.
TEST(CpuEngineTest, GradientsInBf16AreNearThoseInFp32) {
  for (auto& [name, spec] : RunsOfEveryOption()) {
    SCOPED_TRACE(name);
    const Batch batch = RandomBatch(5, spec.shape.context, spec.shape.vocab, 3);
    CpuEngine exact(spec, 1);
    RunSpec rounded = spec;
    rounded.recipe.precision = Precision::kBf16;
    if (!CpuEngine::Supports(rounded)) {
      GTEST_SKIP() << "this processor does not multiply bf16";
    }
    CpuEngine engine(rounded, 2);
    std::vector<float> expected, gradients;
    const double loss = exact.Gradients(batch, &expected);
    EXPECT_NEAR(engine.Gradients(batch, &gradients), loss, 1e-3);
    const double distance = Distance(gradients, expected);
    EXPECT_LE(distance, 0.02 * Norm(expected));
    EXPECT_GE(distance, 1e-4 * Norm(expected));
  }
}

TEST(CpuEngineTest, TrainsAsAutogradDoes) {
  for (const auto& [name, spec] : RunsOfEveryOption()) {
    SCOPED_TRACE(name);
    AutogradEngine autograd(spec, torch::kCPU);
    CpuEngine engine(spec, 2);
    EXPECT_EQ(engine.Save().weights, ToVector(autograd.parameters().weights()));
    for (int step = 0; step < 5; ++step) {
      const Batch batch =
          RandomBatch(3, spec.shape.context, spec.shape.vocab, step);
      const double rate = 1.0 / (1 + step);
      autograd.Step(batch, rate);
      engine.Step(batch, rate);
      const StepSums expected = autograd.Drain();
      const StepSums sums = engine.Drain();
      EXPECT_EQ(sums.steps, 1);
      EXPECT_TRUE(sums.finite);
      EXPECT_NEAR(sums.loss, expected.loss, 1e-4) << "step " << step;
      EXPECT_NEAR(sums.gradient_norm, expected.gradient_norm,
                  1e-3 * expected.gradient_norm)
          << "step " << step;
    }
    const std::vector<float> expected =
        ToVector(autograd.parameters().weights());
    EXPECT_LE(Distance(engine.Save().weights, expected), 1e-3 * Norm(expected));
    const Batch batch =
        RandomBatch(3, spec.shape.context, spec.shape.vocab, 100);
    const std::vector<double> losses = engine.Evaluate(batch);
    const std::vector<double> wanted = autograd.Evaluate(batch);
    ASSERT_EQ(losses.size(), wanted.size());
    for (size_t i = 0; i < losses.size(); ++i) {
      EXPECT_NEAR(losses[i], wanted[i], 1e-3) << "sequence " << i;
    }
  }
}

TEST(CpuEngineTest, EqualThreadsGiveEqualLossesToTheBit) {
  RunSpec spec = SmallRun();
  for (const int threads : {1, 3}) {
    CpuEngine one(spec, threads);
    CpuEngine two(spec, threads);
    for (int step = 0; step < 10; ++step) {
      const Batch batch = RandomBatch(7, 16, 256, step);
      one.Step(batch, 1);
      two.Step(batch, 1);
      EXPECT_EQ(one.Drain().loss, two.Drain().loss) << "step " << step;
    }
    EXPECT_EQ(one.Save().weights, two.Save().weights);
  }
}

TEST(CpuEngineTest, TakesFewerSequencesThanThreads) {
  const RunSpec spec = SmallRun();
  const Batch batch = RandomBatch(1, 16, 256, 0);
  CpuEngine one(spec, 1);
  CpuEngine four(spec, 4);
  std::vector<float> expected, gradients;
  const double loss = one.Gradients(batch, &expected);
  EXPECT_NEAR(four.Gradients(batch, &gradients), loss, 1e-6);
  EXPECT_LE(Distance(gradients, expected), 1e-6 * Norm(expected));
}

}  // namespace
}  // namespace isoshape::cpu
