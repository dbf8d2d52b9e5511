// Holds the FLOPs that a shape is charged with against the matrix
// multiplications that a step of its model carries out.
#include <ATen/record_function.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstring>
#include <string>

#include "shape/accounting.h"
#include "tests/trainer/small_run.h"
#include "trainer/model/model.h"
#include "trainer/model/parameters.h"

namespace isoshape {
namespace {

double Numel(const c10::IValue& value) {
  return static_cast<double>(value.toTensor().numel());
}

double LastSize(const c10::IValue& value) {
  return static_cast<double>(value.toTensor().size(-1));
}

// Sum since the last call of Reset.
double counted = 0;

// FLOPs of one operation as the dispatcher sees it: 2 for each multiplication
// and addition. Attention counts both products over the full context, and its
// backward pass twice as much, whatever is recomputed.
std::unique_ptr<at::ObserverContext> Count(const at::RecordFunction& call) {
  const std::string name = call.name();
  const auto inputs = call.inputs();
  if (name == "aten::mm" || name == "aten::bmm") {
    counted += 2 * Numel(inputs[0]) * LastSize(inputs[1]);
  } else if (name == "aten::addmm" || name == "aten::baddbmm") {
    counted += 2 * Numel(inputs[1]) * LastSize(inputs[2]);
  } else if (name == "aten::_scaled_dot_product_flash_attention_for_cpu") {
    const double time = static_cast<double>(inputs[1].toTensor().size(2));
    counted += 4 * Numel(inputs[0]) * time;
  } else if (name ==
             "aten::_scaled_dot_product_flash_attention_for_cpu_backward") {
    const double time = static_cast<double>(inputs[2].toTensor().size(2));
    counted += 8 * Numel(inputs[1]) * time;
  }
  return nullptr;
}

TEST(ModelFlopsTest, AStepDoesTheMultiplicationsThatItIsChargedWith) {
  const at::CallbackHandle handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(Count).needsInputs(true).scopes(
          {at::RecordScope::FUNCTION}));
  for (const auto& [name, shape] : ShapesOfEveryOption()) {
    const Parameters parameters(shape, Recipe(), 1, torch::kCPU);
    const Model model(shape, Recipe(), parameters);
    const torch::Tensor tokens =
        torch::randint(shape.vocab, {3, shape.context + 1}, torch::kInt64);
    const double count = static_cast<double>(3 * shape.context);
    counted = 0;
    const torch::Tensor inputs = tokens.narrow(1, 0, shape.context);
    const torch::Tensor targets = tokens.narrow(1, 1, shape.context);
    model.Losses(inputs, targets);
    EXPECT_DOUBLE_EQ(counted / count, ForwardFlopsPerToken(shape)) << name;
    counted = 0;
    model.MeanLosses(inputs, targets).objective.backward();
    EXPECT_DOUBLE_EQ(counted / count, TrainingFlopsPerToken(shape)) << name;
  }
  at::removeCallback(handle);
}

}  // namespace
}  // namespace isoshape
