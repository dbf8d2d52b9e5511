#include "tests/trainer/small_run.h"

#include "shape/presets.h"
#include "trainer/data/permutation.h"

namespace isoshape {

Shape SmallShape() {
  Shape shape;
  shape.depth = 2;
  shape.width = 16;
  shape.head_dim = 8;
  shape.heads = 2;
  shape.kv_heads = 2;
  shape.ffn_width = 40;
  shape.vocab = 256;
  shape.context = 16;
  return shape;
}

std::vector<std::pair<std::string, Shape>> ShapesOfEveryOption() {
  const Shape base = SmallShape();
  std::vector<std::pair<std::string, Shape>> shapes = {{"llama", base}};
  const auto add = [&](const char* name, auto change) {
    shapes.emplace_back(name, base);
    change(shapes.back().second);
  };
  add("layer_norm", [](Shape& shape) { shape.norm = Norm::kLayer; });
  add("learned", [](Shape& shape) { shape.positions = Positions::kLearned; });
  add("gelu", [](Shape& shape) { shape.activation = Activation::kGelu; });
  add("grouped", [](Shape& shape) { shape.kv_heads = 1; });
  add("tied", [](Shape& shape) { shape.tied_embedding = true; });
  add("bias", [](Shape& shape) { shape.bias = true; });
  add("gpt2", [](Shape& shape) { ApplyPreset(*FindPreset("gpt2"), &shape); });
  add("post_norm",
      [](Shape& shape) { shape.norm_placement = NormPlacement::kPost; });
  add("no_norm",
      [](Shape& shape) { shape.norm_placement = NormPlacement::kNone; });
  add("no_residual", [](Shape& shape) { shape.residual = Residual::kNone; });
  add("no_positions", [](Shape& shape) { shape.positions = Positions::kNone; });
  add("relu2", [](Shape& shape) { shape.activation = Activation::kRelu2; });
  add("qk_norm", [](Shape& shape) { shape.qk_norm = true; });
  add("bert", [](Shape& shape) { ApplyPreset(*FindPreset("bert"), &shape); });
  return shapes;
}

RunSpec SmallRun() {
  RunSpec spec;
  spec.run = "small";
  spec.shape = SmallShape();
  spec.recipe.base_width = 16;
  spec.recipe.init_std = 0.08;
  spec.steps = 40;
  spec.tokens_per_step = 4 * spec.shape.context;
  spec.report_seconds = 0;
  return spec;
}

RunResult RunTraining(const RunSpec& spec, const Data& data,
                      const Device& device, const std::atomic<bool>& stop,
                      RunObserver& observer) {
  RunResult result;
  RunReplicas(
      {{spec, stop, observer}}, data, device,
      [&result](size_t /*replica*/, const RunResult& end) { result = end; });
  return result;
}

Batch RandomBatch(int64_t sequences, int64_t context, int64_t vocab,
                  uint64_t seed) {
  Batch batch{sequences, context, {}};
  const auto count = static_cast<uint64_t>(sequences * (context + 1));
  for (uint64_t i = 0; i < count; ++i) {
    batch.tokens.push_back(static_cast<int32_t>(Mix(Mix(seed) ^ i) %
                                                static_cast<uint64_t>(vocab)));
  }
  return batch;
}

}  // namespace isoshape
