#include "trainer/autograd/muon.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tests/trainer/small_run.h"
#include "trainer/model/parameters.h"

namespace isoshape {
namespace {

using torch::Tensor;

TEST(MuonTest, SingularValuesComeCloseToOneInBothTypes) {
  torch::manual_seed(3);
  for (const auto& [rows, columns] : {std::pair{24, 16}, {16, 24}, {16, 16}}) {
    const Tensor x = torch::randn({2, rows, columns});
    for (const torch::Dtype product : {torch::kFloat32, torch::kBFloat16}) {
      const Tensor y = Orthogonalize(x, product);
      EXPECT_EQ(y.sizes(), x.sizes());
      EXPECT_EQ(y.dtype(), product);
      const Tensor values = torch::linalg_svdvals(y.to(torch::kFloat32));
      EXPECT_LT(values.max().item<double>(), 1.3);
      // Small singular values have not come all the way after five steps.
      EXPECT_GT(values.median().item<double>(), 0.65);
    }
  }
}

// One step from weights and gradients drawn at random. `factors` has one for
// each recipe.
Tensor WeightsAfterAStep(const std::vector<Recipe>& recipes,
                         const std::vector<double>& factors,
                         const std::optional<Tensor>& scale) {
  const Shape shape = SmallShape();
  const std::vector<int64_t> seeds(recipes.size(), 1);
  Parameters parameters(shape, recipes.front(), seeds, torch::kCPU);
  const torch::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(9);
  parameters.gradients()[0].normal_(0, 1, generator);
  parameters.gradients().copy_(parameters.gradients()[0].clone());
  const Tensor momentum = torch::zeros_like(parameters.weights());
  Muon muon(shape, recipes, parameters, momentum);
  muon.Step(torch::tensor(factors, torch::kFloat32), scale);
  return parameters.weights();
}

TEST(MuonTest, ChangesByTheRateOfEachReplicaAndDecaysBeforeThat) {
  Recipe slow;
  slow.weight_decay = 0;
  Recipe fast = slow;
  fast.muon_learning_rate = 3 * slow.muon_learning_rate;
  Recipe decayed = slow;
  decayed.weight_decay = 0.5;
  const Tensor start = WeightsAfterAStep({slow}, {0.0}, std::nullopt)[0];
  const Tensor weights =
      WeightsAfterAStep({slow, fast, decayed}, {1, 0.5, 1}, std::nullopt);
  const Tensor change = weights[0] - start;
  EXPECT_GT(change.abs().max().item<double>(), 1e-3);
  EXPECT_TRUE(torch::allclose(weights[1] - start, 1.5 * change, 1e-4, 1e-6));
  // Muon's own matrices alone decay, those that have changed.
  const Tensor decay = start * 0.5 * slow.muon_learning_rate * change.ne(0);
  EXPECT_TRUE(torch::allclose(weights[2], weights[0] - decay, 1e-5, 1e-6));
}

TEST(MuonTest, TheScaleOfAGradientDoesNotMatterToADirection) {
  const Recipe recipe;
  EXPECT_TRUE(torch::allclose(
      WeightsAfterAStep({recipe}, {1}, std::nullopt),
      WeightsAfterAStep({recipe}, {1}, torch::full({1}, 8.0F)), 1e-4, 1e-6));
}

TEST(MuonTest, Bf16RunsMakeNearlyTheSameStep) {
  Recipe recipe;
  const Tensor exact = WeightsAfterAStep({recipe}, {1}, std::nullopt);
  const Tensor start = WeightsAfterAStep({recipe}, {0}, std::nullopt);
  recipe.precision = Precision::kBf16;
  const Tensor rounded = WeightsAfterAStep({recipe}, {1}, std::nullopt);
  const double distance = (rounded - exact).norm().item<double>();
  EXPECT_GT(distance, 0);
  EXPECT_LT(distance, 0.05 * (exact - start).norm().item<double>());
}

}  // namespace
}  // namespace isoshape
