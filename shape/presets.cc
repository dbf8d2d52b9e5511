#include "shape/presets.h"

namespace isoshape {
namespace {

std::vector<Preset> Build() {
  Shape gpt2;
  gpt2.norm = Norm::kLayer;
  gpt2.positions = Positions::kLearned;
  gpt2.activation = Activation::kGelu;
  gpt2.tied_embedding = true;
  gpt2.bias = true;

  Shape bert = gpt2;
  bert.norm_placement = NormPlacement::kPost;
  bert.objective = Objective::kMasked;

  // Shape's defaults are LLaMA's options.
  return {{"gpt2", gpt2}, {"llama", Shape()}, {"bert", bert}};
}

}  // namespace

const std::vector<Preset>& Presets() {
  static const auto* presets = new std::vector<Preset>(Build());
  return *presets;
}

const Preset* FindPreset(const std::string& name) {
  for (const Preset& preset : Presets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

std::string PresetNames() {
  std::string names;
  for (const Preset& preset : Presets()) {
    names += (names.empty() ? "" : ", ") + preset.name;
  }
  return names;
}

void ApplyPreset(const Preset& preset, Shape* shape) {
  Shape result = preset.options;
  result.depth = shape->depth;
  result.width = shape->width;
  result.head_dim = shape->head_dim;
  result.heads = shape->heads;
  result.kv_heads = shape->kv_heads;
  result.ffn_width = shape->ffn_width;
  result.vocab = shape->vocab;
  result.context = shape->context;
  *shape = result;
}

}  // namespace isoshape
