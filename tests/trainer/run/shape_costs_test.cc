#include "trainer/run/shape_costs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <memory>
#include <vector>

#include "tests/trainer/small_run.h"
#include "trainer/model/parameter_layout.h"
#include "trainer/run/make_engine.h"
#include "trainer/run/tensor_memory.h"

namespace isoshape {
namespace {

const Device kCpu{};
constexpr double kLong = 1e9;  // seconds

bool GoOn() { return true; }

RunSpec Spec(int64_t depth, int64_t width) {
  RunSpec spec = SmallRun();
  spec.shape.depth = depth;
  spec.shape.width = width;
  spec.shape.heads = spec.shape.kv_heads = width / spec.shape.head_dim;
  spec.shape.ffn_width = 3 * width;
  return spec;
}

ShapeCosts Measure(const RunSpec& spec) {
  const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
  const Batch batch =
      RandomBatch(4, spec.shape.context, spec.shape.vocab, /*seed=*/1);
  return MeasureCosts(spec, kCpu, batch, 0.001, kLong, *engine, GoOn);
}

TEST(TensorMemoryTest, CountsThePeakOfWhatIsMadeWithin) {
  const torch::Tensor before = torch::zeros({1000});
  const int64_t peak = PeakTensorBytes([] {
    { const torch::Tensor first = torch::zeros({100000}); }
    const torch::Tensor second = torch::zeros({50000});
    const torch::Tensor third = torch::zeros({20000});
  });
  EXPECT_GE(peak, 400000);
  EXPECT_LT(peak, 401000);
  EXPECT_EQ(PeakTensorBytes([] {}), 0);
}

TEST(ShapeCostsTest, MeasuresAllOfItWhereThereIsTime) {
  const ShapeCosts costs = Measure(Spec(3, 16));
  EXPECT_GT(costs.forward_seconds.value(), 0);
  EXPECT_GT(costs.backward_seconds.value_or(1), 0);
  // Absent if a step was not slower than its passes, as timed.
  EXPECT_GT(costs.optimizer_seconds.value_or(1), 0);
  EXPECT_GT(costs.matmul_flops_per_second.value(), 1e8);
  EXPECT_GT(costs.prefill_seconds.value(), 0);
  EXPECT_GT(costs.decode_seconds.value(), 0);
  ASSERT_EQ(costs.layer_gradient_norms.size(), 3u);
}

TEST(ShapeCostsTest, LayerNormsAreThoseOfTheGradients) {
  const RunSpec spec = Spec(2, 16);
  const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
  const Batch batch = RandomBatch(4, 16, 256, 1);
  std::vector<float> gradients;
  engine->Gradients(batch, &gradients);
  double squares = 0;
  for (const ParameterSlot& slot : LayOutParameters(spec.shape).parameters) {
    if (slot.name.rfind("1.", 0) != 0) continue;
    for (int64_t i = 0; i < slot.count; ++i) {
      squares += std::pow(gradients[static_cast<size_t>(slot.offset + i)], 2);
    }
  }
  EXPECT_GT(squares, 0);
  EXPECT_NEAR(Measure(spec).layer_gradient_norms[1], std::sqrt(squares),
              1e-4 * std::sqrt(squares));
}

// At equal parameters of the blocks, 16 x 16 against 1 x 64.
TEST(ShapeCostsTest, DeepTakesMoreMemoryInTrainingAndWideMoreInInference) {
  const ShapeCosts deep = Measure(Spec(16, 16));
  const ShapeCosts wide = Measure(Spec(1, 64));
  EXPECT_GT(*deep.training_activation_bytes,
            2 * *wide.training_activation_bytes);
  EXPECT_LT(*deep.inference_activation_bytes, *wide.inference_activation_bytes);
  EXPECT_LT(*deep.recomputation_activation_bytes,
            *deep.training_activation_bytes / 2);
  EXPECT_GT(*deep.recomputation_activation_bytes,
            *deep.inference_activation_bytes);
}

TEST(ShapeCostsTest, LeavesOutWhatThereIsNoTimeFor) {
  const RunSpec spec = Spec(2, 16);
  const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
  const Batch batch = RandomBatch(4, 16, 256, 1);
  const ShapeCosts none =
      MeasureCosts(spec, kCpu, batch, 1.0, 0.5, *engine, GoOn);
  EXPECT_FALSE(none.forward_seconds.has_value());
  EXPECT_FALSE(none.training_activation_bytes.has_value());
  EXPECT_FALSE(none.decode_seconds.has_value());
  EXPECT_TRUE(none.layer_gradient_norms.empty());
  const ShapeCosts some =
      MeasureCosts(spec, kCpu, batch, 0.05, 0.6, *engine, GoOn);
  EXPECT_TRUE(some.forward_seconds.has_value());
  EXPECT_FALSE(some.training_activation_bytes.has_value());
}

TEST(ShapeCostsTest, ABidirectionalModelDecodesNothing) {
  RunSpec spec = SmallRun();
  spec.shape = ShapesOfEveryOption().back().second;
  ASSERT_EQ(spec.shape.objective, Objective::kMasked);
  const ShapeCosts costs = Measure(spec);
  EXPECT_TRUE(costs.training_activation_bytes.has_value());
  EXPECT_FALSE(costs.decode_seconds.has_value());
}

TEST(ShapeCostsTest, MeasuringChangesNoWeight) {
  const RunSpec spec = Spec(2, 16);
  const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
  const Batch batch = RandomBatch(4, 16, 256, 1);
  const std::vector<float> before = engine->Save().weights;
  MeasureCosts(spec, kCpu, batch, 0.001, kLong, *engine, GoOn);
  EXPECT_EQ(engine->Save().weights, before);
}

}  // namespace
}  // namespace isoshape
