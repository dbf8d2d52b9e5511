#include "trainer/model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <string>
#include <vector>

#include "shape/accounting.h"
#include "tests/trainer/small_run.h"
#include "trainer/model/parameters.h"

namespace isoshape {
namespace {

using torch::Tensor;

// A model with its parameters and tokens [3, context + 1].
struct Fixture {
  Fixture(const Shape& shape, const Recipe& recipe)
      : parameters(shape, recipe, /*seed=*/1, torch::kCPU),
        model(shape, recipe, parameters) {
    const Batch batch = RandomBatch(3, shape.context, shape.vocab, 5);
    tokens = torch::tensor(
                 std::vector<int64_t>(batch.tokens.begin(), batch.tokens.end()))
                 .view({3, shape.context + 1});
  }

  Tensor Inputs() const { return tokens.narrow(1, 0, tokens.size(1) - 1); }
  Tensor Targets() const { return tokens.narrow(1, 1, tokens.size(1) - 1); }
  double MeanLoss() const {
    return model.Losses(Inputs(), Targets())
        .to(torch::kFloat64)
        .mean()
        .item<double>();
  }
  void Backward() const {
    model.MeanLosses(Inputs(), Targets()).objective.backward();
  }

  Parameters parameters;
  Model model;
  Tensor tokens;
};

// Weights so large that attention and activations are far from linear.
Recipe LargeWeights() {
  Recipe recipe;
  recipe.base_width = 16;
  recipe.init_std = 0.4;
  return recipe;
}

class ModelOptionsTest
    : public testing::TestWithParam<std::pair<std::string, Shape>> {};

TEST_P(ModelOptionsTest, LossOfFreshWeightsIsThatOfAGuess) {
  const Shape shape = GetParam().second;
  for (const auto kind :
       {Parameterization::kCompleteP, Parameterization::kStandard}) {
    Recipe recipe;
    recipe.base_width = 16;
    recipe.parameterization = kind;
    const double guess = std::log(static_cast<double>(shape.vocab));
    EXPECT_NEAR(Fixture(shape, recipe).MeanLoss(), guess, 0.02 * guess);
  }
}

TEST_P(ModelOptionsTest, GradientsAgreeWithFiniteDifferences) {
  const Fixture fixture(GetParam().second, LargeWeights());
  fixture.Backward();
  const torch::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(3);
  for (size_t i = 0; i < fixture.parameters.tensors().size(); ++i) {
    const std::string& name = fixture.parameters.layout().parameters[i].name;
    Tensor weight = fixture.parameters.tensors()[i];
    const Tensor gradient = weight.grad().clone();
    ASSERT_GT(gradient.norm().item<double>(), 0) << name;
    // Along the gradient, where the change is largest, and along a direction
    // drawn at random that is made to have a part of it.
    const Tensor unit = gradient / gradient.norm();
    const Tensor random = torch::randn(weight.sizes(), generator);
    for (const Tensor& direction : {unit, unit + random / random.norm()}) {
      const double expected = (gradient * direction).sum().item<double>();
      constexpr double kStep = 4e-3;
      weight.add_(direction, kStep);
      const double above = fixture.MeanLoss();
      weight.add_(direction, -2 * kStep);
      const double below = fixture.MeanLoss();
      weight.add_(direction, kStep);
      EXPECT_NEAR((above - below) / (2 * kStep), expected,
                  0.01 * std::abs(expected) + 1e-4)
          << name;
    }
  }
}

TEST_P(ModelOptionsTest, ParametersAreThoseOfTheAccounting) {
  const Shape shape = GetParam().second;
  const Fixture fixture(shape, Recipe());
  int64_t count = 0;
  for (const Tensor& tensor : fixture.parameters.tensors()) {
    count += tensor.numel();
  }
  EXPECT_EQ(count, CountParameters(shape).total());
  EXPECT_EQ(fixture.parameters.layout().count, count);
}

TEST_P(ModelOptionsTest, ATokenSeesWhatComesAfterItOnlyWhereMasked) {
  const torch::NoGradGuard no_grad;
  const Fixture fixture(GetParam().second, LargeWeights());
  const Tensor inputs = fixture.tokens.narrow(1, 0, 16);
  const Tensor before = fixture.model.Logits(inputs);
  Tensor changed = inputs.clone();
  changed.index_put_({torch::indexing::Slice(), 9}, 7);
  const Tensor after = fixture.model.Logits(changed);
  const bool causal = GetParam().second.objective == Objective::kCausal;
  EXPECT_EQ(torch::equal(before.narrow(1, 0, 9), after.narrow(1, 0, 9)),
            causal);
  EXPECT_FALSE(torch::allclose(before.narrow(1, 9, 7), after.narrow(1, 9, 7)));
}

TEST_P(ModelOptionsTest, OrderOfTheContextMatters) {
  const torch::NoGradGuard no_grad;
  const Fixture fixture(GetParam().second, LargeWeights());
  const Tensor inputs = fixture.tokens.narrow(1, 0, 16);
  Tensor swapped = inputs.clone();
  swapped.select(1, 2).copy_(inputs.select(1, 5));
  swapped.select(1, 5).copy_(inputs.select(1, 2));
  EXPECT_FALSE(torch::allclose(fixture.model.Logits(inputs).select(1, 15),
                               fixture.model.Logits(swapped).select(1, 15)));
}

TEST_P(ModelOptionsTest, KeptKeysAndValuesGiveTheLogitsOfAllTokensAtOnce) {
  const Shape shape = GetParam().second;
  if (shape.objective != Objective::kCausal) return;
  const torch::NoGradGuard no_grad;
  const Fixture fixture(shape, LargeWeights());
  const Tensor inputs = fixture.tokens.narrow(0, 0, 1).narrow(1, 0, 16);
  const Tensor expected = fixture.model.Logits(inputs);
  KeyValueCache cache;
  std::vector<Tensor> parts = {
      fixture.model.NextLogits(inputs.narrow(1, 0, 5), cache)};
  for (int64_t i = 5; i < 16; ++i) {
    parts.push_back(fixture.model.NextLogits(inputs.narrow(1, i, 1), cache));
  }
  EXPECT_EQ(cache.length, 16);
  EXPECT_TRUE(torch::allclose(torch::cat(parts, 1), expected, 1e-4, 1e-4));
}

TEST_P(ModelOptionsTest, RecomputingBlocksChangesNoGradient) {
  Fixture plain(GetParam().second, LargeWeights());
  Fixture recomputed(GetParam().second, LargeWeights());
  recomputed.model.set_recompute(true);
  plain.Backward();
  recomputed.Backward();
  EXPECT_GT(plain.parameters.gradients().norm().item<double>(), 0);
  EXPECT_TRUE(torch::allclose(plain.parameters.gradients(),
                              recomputed.parameters.gradients(), 1e-5, 1e-7));
}

INSTANTIATE_TEST_SUITE_P(Options, ModelOptionsTest,
                         testing::ValuesIn(ShapesOfEveryOption()),
                         [](const auto& param) { return param.param.first; });

TEST(ModelTest, Bf16IsCloseToFp32) {
  Recipe recipe;
  recipe.base_width = 16;
  const double exact = Fixture(SmallShape(), recipe).MeanLoss();
  recipe.precision = Precision::kBf16;
  const double rounded = Fixture(SmallShape(), recipe).MeanLoss();
  EXPECT_NE(rounded, exact);
  EXPECT_NEAR(rounded, exact, 0.01);
}

TEST(ModelTest, AModelForDecodingGivesTheSameLogitsToTheBit) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    for (const auto& [name, shape] : ShapesOfEveryOption()) {
      if (shape.objective != Objective::kCausal) continue;
      Recipe recipe = LargeWeights();
      recipe.precision = precision;
      const Fixture fixture(shape, recipe);
      const Model decoding = fixture.model.ForDecoding();
      const Tensor inputs = fixture.Inputs().narrow(0, 0, 1);
      KeyValueCache cache, other;
      EXPECT_TRUE(torch::equal(decoding.NextLogits(inputs, cache),
                               fixture.model.NextLogits(inputs, other)))
          << name;
    }
  }
}

TEST(ModelTest, CudnnAttentionIsForPassesWithGradientsThatAreAllowedIt) {
  Fixture fixture(SmallShape(), Recipe());
  fixture.Backward();
  EXPECT_FALSE(at::globalContext().userEnabledCuDNNSDP());
  fixture.model.set_cudnn_attention(true);
  fixture.Backward();
  EXPECT_TRUE(at::globalContext().userEnabledCuDNNSDP());
  fixture.MeanLoss();
  EXPECT_FALSE(at::globalContext().userEnabledCuDNNSDP());
}

TEST(ModelTest, MultipliersAreThoseOfTheRecipe) {
  const torch::NoGradGuard no_grad;
  Recipe recipe = LargeWeights();
  const Tensor plain = Fixture(SmallShape(), recipe)
                           .model.Logits(torch::arange(16).view({1, 16}));
  recipe.output_multiplier = 3;
  const Tensor tripled = Fixture(SmallShape(), recipe)
                             .model.Logits(torch::arange(16).view({1, 16}));
  EXPECT_TRUE(torch::allclose(tripled, 3 * plain, 1e-4, 1e-5));
  // Deep models add each branch with 1 / m_L: at a hundredth of the base depth
  // the residual stream grows a hundredfold faster.
  std::vector<double> at_base, above_base;
  recipe = LargeWeights();
  const Tensor tokens = torch::arange(16).view({1, 16});
  Fixture(SmallShape(), recipe).model.Logits(tokens, &at_base);
  recipe.base_depth = 200;
  Fixture(SmallShape(), recipe).model.Logits(tokens, &above_base);
  ASSERT_EQ(at_base.size(), 2u);
  EXPECT_GT(above_base[1], 20 * at_base[1]);
}

}  // namespace
}  // namespace isoshape
