#ifndef ISOSHAPE_SHAPE_PRESETS_H_
#define ISOSHAPE_SHAPE_PRESETS_H_

#include <string>
#include <vector>

#include "shape/shape.h"

namespace isoshape {

// The options of a published family of transformers, by name:
//   gpt2   LayerNorm before each branch, learned positions, GELU, tied
//          embedding, biases (Radford et al. 2019)
//   llama  RMSNorm before each branch, rotary positions, SwiGLU, untied, no
//          biases (Touvron et al. 2023)
//   bert   LayerNorm after each sum, learned positions, GELU, tied embedding,
//          biases, masked objective (Devlin et al. 2018)
struct Preset {
  std::string name;
  // Only its options count: norm, norm_placement, positions, activation,
  // objective, tied_embedding, bias.
  Shape options;
};

// Built once; thread-safe.
const std::vector<Preset>& Presets();

// The preset of that name, or nullptr.
const Preset* FindPreset(const std::string& name);

// `gpt2, llama, bert`, for messages.
std::string PresetNames();

// Gives `shape` the preset's options; sizes stay as they are.
void ApplyPreset(const Preset& preset, Shape* shape);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_PRESETS_H_
