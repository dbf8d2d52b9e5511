#include "trainer/autograd/optimizer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/trainer/small_run.h"
#include "trainer/model/parameters.h"
#include "trainer/spec/recipe.h"

namespace isoshape {
namespace {

// AdamW (Loshchilov and Hutter 2019, algorithm 2) for one weight, in double.
struct Reference {
  double weight = 0, mean = 0, square = 0;

  void Step(double gradient, int step, double rate, const GroupOptions& options,
            const Recipe& recipe) {
    mean = recipe.beta1 * mean + (1 - recipe.beta1) * gradient;
    square = recipe.beta2 * square + (1 - recipe.beta2) * gradient * gradient;
    weight -= rate * options.weight_decay * weight;
    weight -= rate * (mean / (1 - std::pow(recipe.beta1, step))) /
              (std::sqrt(square / (1 - std::pow(recipe.beta2, step))) +
               options.epsilon);
  }
};

// Trains three steps on gradients drawn at random and compares every weight.
void ExpectAdamW(const Recipe& recipe, double gradient_scale) {
  const Shape shape = SmallShape();
  Parameters parameters(shape, recipe, 1, torch::kCPU);
  Optimizer optimizer(shape, recipe, parameters);
  const auto& slots = parameters.layout().parameters;
  std::vector<Reference> weights(static_cast<size_t>(parameters.layout().size));
  for (const ParameterSlot& slot : slots) {
    for (int64_t i = slot.offset; i < slot.offset + slot.count; ++i) {
      weights[static_cast<size_t>(i)].weight =
          parameters.weights()[0][i].item<double>();
    }
  }
  torch::manual_seed(7);
  for (int step = 1; step <= 3; ++step) {
    double squares = 0;
    for (size_t i = 0; i < slots.size(); ++i) {
      torch::Tensor gradient = parameters.tensors()[i].grad();
      gradient.normal_(0, gradient_scale);
      squares += gradient.to(torch::kFloat64).square().sum().item<double>();
    }
    const double norm = std::sqrt(squares);
    const double scale = recipe.gradient_clip > 0
                             ? std::max(1.0, norm / recipe.gradient_clip)
                             : 1.0;
    const torch::Tensor gradients = parameters.gradients()[0].clone();
    const double factor = 1.0 / step;
    EXPECT_NEAR(optimizer.Step({factor}).item<double>(), norm, 1e-5 * norm);
    for (const ParameterSlot& slot : slots) {
      const GroupOptions options = OptionsOf(slot.kind, shape, recipe);
      for (int64_t i = slot.offset; i < slot.offset + slot.count; i += 13) {
        Reference& weight = weights[static_cast<size_t>(i)];
        weight.Step(gradients[i].item<double>() / scale, step,
                    options.learning_rate * factor, options, recipe);
        ASSERT_NEAR(parameters.weights()[0][i].item<double>(), weight.weight,
                    2e-6)
            << slot.name << " step " << step;
      }
    }
  }
}

Recipe Base() {
  Recipe recipe;
  recipe.base_width = 4;
  recipe.base_depth = 1;
  recipe.weight_decay = 0.5;
  return recipe;
}

TEST(OptimizerTest, FollowsAdamWWithEachGroupsRates) {
  ExpectAdamW(Base(), 1e-3);
}

TEST(OptimizerTest, ClipsTheGlobalNorm) {
  Recipe recipe = Base();
  recipe.gradient_clip = 0.1;
  recipe.epsilon = 1e-2;  // so that the size of a gradient matters
  ExpectAdamW(recipe, 1.0);
}

TEST(OptimizerTest, DoesNotClipWhereClippingIsOff) {
  Recipe recipe = Base();
  recipe.gradient_clip = 0;
  recipe.epsilon = 1e-2;
  ExpectAdamW(recipe, 1.0);
}

TEST(OptimizerTest, PaddingBetweenTensorsStaysZero) {
  Shape shape = SmallShape();
  shape.bias = true;
  shape.ffn_width = 41;
  Parameters parameters(shape, Base(), 1, torch::kCPU);
  Optimizer optimizer(shape, Base(), parameters);
  for (const torch::Tensor& tensor : parameters.tensors()) {
    tensor.grad().fill_(1);
  }
  optimizer.Step({1.0});
  torch::Tensor between = parameters.weights()[0].clone();
  for (const ParameterSlot& slot : parameters.layout().parameters) {
    between.narrow(0, slot.offset, slot.count).zero_();
  }
  EXPECT_GT(parameters.layout().size, parameters.layout().count);
  EXPECT_EQ(between.abs().max().item<double>(), 0);
}

// Weights after three steps of recipes at factors of their own, [recipes,
// size]; all begin and go with the weights and gradients of their number.
torch::Tensor Train(const std::vector<Recipe>& recipes, int64_t first,
                    bool on_device) {
  const Shape shape = SmallShape();
  std::vector<int64_t> seeds;
  for (size_t i = 0; i < recipes.size(); ++i) {
    seeds.push_back(first + static_cast<int64_t>(i));
  }
  Parameters parameters(shape, recipes.front(), seeds, torch::kCPU);
  Optimizer optimizer(shape, recipes, parameters);
  const torch::NoGradGuard no_grad;
  for (int step = 1; step <= 3; ++step) {
    std::vector<double> factors;
    for (size_t i = 0; i < recipes.size(); ++i) {
      at::Generator generator = at::detail::createCPUGenerator(
          static_cast<uint64_t>(int64_t{100} * step + seeds[i]));
      parameters.gradients()[static_cast<int64_t>(i)].normal_(0, 0.1,
                                                              generator);
      factors.push_back(1.0 / (step + static_cast<double>(seeds[i])));
    }
    if (on_device) {
      optimizer.Step(torch::tensor(factors, torch::kFloat32));
    } else {
      optimizer.Step(factors);
    }
  }
  return parameters.weights();
}

// Replicas of one weight decay share the fused calls, others do not.
TEST(OptimizerTest, ReplicasChangeAsTheyWouldAlone) {
  for (const bool same_decay : {true, false}) {
    for (const OptimizerKind kind :
         {OptimizerKind::kAdamW, OptimizerKind::kMuon}) {
      std::vector<Recipe> recipes(3, Base());
      recipes[1].learning_rate *= 4;
      recipes[2].learning_rate /= 4;
      if (!same_decay) recipes[1].weight_decay = 0;
      for (Recipe& recipe : recipes) recipe.optimizer = kind;
      for (const bool on_device : {false, true}) {
        SCOPED_TRACE(testing::Message()
                     << "same decay " << same_decay << ", kind "
                     << static_cast<int>(kind) << ", on device " << on_device);
        const torch::Tensor together = Train(recipes, 1, on_device);
        for (int64_t i = 0; i < 3; ++i) {
          const torch::Tensor alone =
              Train({recipes[static_cast<size_t>(i)]}, i + 1, false);
          EXPECT_TRUE(torch::allclose(together[i], alone[0], 1e-6, 1e-6)) << i;
        }
      }
    }
  }
}

// The form that a CUDA graph records; on a CPU it can be held to the other.
TEST(OptimizerTest, ARateOnTheDeviceIsTheSameAsANumber) {
  const Recipe recipe;
  const Shape shape = SmallShape();
  Parameters one(shape, recipe, 1, torch::kCPU);
  Parameters other(shape, recipe, 1, torch::kCPU);
  Optimizer by_number(shape, recipe, one);
  Optimizer by_tensor(shape, recipe, other);
  torch::manual_seed(7);
  for (const double factor : {1.0, 0.5, 0.25}) {
    one.gradients().normal_(0, 0.1);
    other.gradients().copy_(one.gradients());
    by_number.Step({factor});
    by_tensor.Step(torch::tensor({factor}, torch::kFloat32));
  }
  EXPECT_TRUE(torch::allclose(one.weights(), other.weights(), 1e-6, 1e-8));
}

}  // namespace
}  // namespace isoshape
