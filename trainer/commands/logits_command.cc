#include "trainer/commands/logits_command.h"

#include <torch/torch.h>

#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "trainer/commands/flags.h"
#include "trainer/engine/device.h"
#include "trainer/model/model.h"
#include "trainer/model/parameters.h"
#include "trainer/run/checkpoint.h"

namespace isoshape {
namespace {

constexpr char kUsage[] =
    R"(usage: isoshape-trainer logits --checkpoint DIR --tokens T,T,…

Prints the logits that a checkpoint's model gives for a sequence of tokens, in
fp32 on the CPU, as JSON: for each token, a row of vocab numbers.

  --checkpoint DIR   what a run's `checkpoint` names
  --tokens T,T,…     at most the shape's context
)";

// [time, vocab].
torch::Tensor Logits(const TrainedModel& trained,
                     const std::vector<int64_t>& tokens) {
  const torch::NoGradGuard no_grad;
  Recipe recipe = trained.spec.recipe;
  recipe.precision = Precision::kFp32;
  const Shape& shape = trained.spec.shape;
  Parameters parameters(shape, recipe, 0, torch::kCPU);
  parameters.weights().copy_(torch::tensor(trained.weights));
  const Model model(shape, recipe, parameters);
  return model.Logits(torch::tensor(tokens).unsqueeze(0)).squeeze(0);
}

}  // namespace

int RunLogits(int argc, const char* const* argv) {
  std::string checkpoint, text;
  if (!ReadFlags(
          argc, argv, kUsage,
          {{"--checkpoint", Into(checkpoint)}, {"--tokens", Into(text)}})) {
    return 0;
  }
  if (checkpoint.empty() || text.empty()) {
    throw std::invalid_argument(
        "logits needs --checkpoint and --tokens; see logits --help");
  }
  OpenDevice("cpu", 1);
  const TrainedModel trained = ReadTrainedModel(checkpoint);
  const Shape& shape = trained.spec.shape;
  const std::vector<int64_t> tokens =
      ParseWholes("--tokens", text, 0, shape.vocab - 1);
  if (static_cast<int64_t>(tokens.size()) > shape.context) {
    throw std::invalid_argument(
        "--tokens has " + std::to_string(tokens.size()) +
        ", more than the context " + std::to_string(shape.context));
  }
  const torch::Tensor logits = Logits(trained, tokens);
  for (int64_t row = 0; row < logits.size(0); ++row) {
    const float* values = logits[row].const_data_ptr<float>();
    std::cout << (row == 0 ? "[" : ",\n")
              << nlohmann::json(
                     std::vector<float>(values, values + shape.vocab));
  }
  std::cout << "]\n";
  return 0;
}

}  // namespace isoshape
