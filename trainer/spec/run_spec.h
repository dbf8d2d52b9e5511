#ifndef ISOSHAPE_TRAINER_SPEC_RUN_SPEC_H_
#define ISOSHAPE_TRAINER_SPEC_RUN_SPEC_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "shape/shape.h"

namespace isoshape {

enum class Parameterization { kCompleteP, kMup, kStandard };
enum class Schedule { kWsd, kCosine };
enum class OptimizerKind { kAdamW, kMuon };
enum class Precision { kFp32, kBf16, kTf32 };  // kTf32: CUDA only
// `fp32`, `bf16` or `tf32`.
const char* NameOf(Precision precision);

// How a run is trained; fields and defaults as of Recipe in
// proto/isoshape/v1/campaign.proto.
struct Recipe {
  Parameterization parameterization = Parameterization::kCompleteP;
  int64_t base_width = 64;
  int64_t base_depth = 2;
  double learning_rate = 0.005;
  double weight_decay = 0.1;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;
  double init_std = 0.04;
  double gradient_clip = 1.0;
  double warmup_fraction = 0.05;
  double cooldown_fraction = 0.2;
  Precision precision = Precision::kFp32;
  double input_multiplier = 1.0;
  double output_multiplier = 1.0;
  double z_loss = 0;
  double mask_fraction = 0.15;
  OptimizerKind optimizer = OptimizerKind::kAdamW;
  double muon_learning_rate = 0.02;
  double muon_momentum = 0.95;
  Schedule schedule = Schedule::kWsd;

  friend bool operator==(const Recipe&, const Recipe&) = default;
};

// One run, as the worker's `run` line gives it; docs/trainer-protocol.md.
struct RunSpec {
  std::string run;  // comes back in every answer
  Shape shape;
  Recipe recipe;
  std::string data_path;
  // DataFacts::fingerprint that the data must have; empty: any.
  std::string data_fingerprint;
  int64_t steps = 0;
  int64_t tokens_per_step = 0;
  int64_t seed = 0;
  double report_seconds = 2;
  std::string checkpoint_path;     // a folder; empty: none is kept
  double checkpoint_seconds = 60;  // between two checkpoints
  // Steps of the models that cooldowns branch off to; ascending, each below
  // `steps`.
  std::vector<int64_t> branch_steps;
};

// Reads a `run` line. Throws std::invalid_argument with one line that names the
// field, its value and the remedy.
RunSpec ParseRunSpec(const nlohmann::json& line);

// Reads the objects `shape` and `recipe` alone. Throws as ParseRunSpec.
RunSpec ParseShapeAndRecipe(const nlohmann::json& line);

// The objects `shape` and `recipe` of a `run` line, every field of them.
nlohmann::ordered_json ShapeAndRecipeToJson(const RunSpec& spec);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_SPEC_RUN_SPEC_H_
