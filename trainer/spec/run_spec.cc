#include "trainer/spec/run_spec.h"

#include <limits>
#include <stdexcept>

#include "trainer/files/json_fields.h"
#include "trainer/spec/recipe.h"

namespace isoshape {
namespace {

using nlohmann::json;

[[noreturn]] void Refuse(const std::string& message) {
  throw std::invalid_argument(message);
}

template <typename Fields>
void VisitFields(const Fields& fields, Shape& shape) {
  fields.Visit("depth", &shape.depth);
  fields.Visit("width", &shape.width);
  fields.Visit("head_dim", &shape.head_dim);
  fields.Visit("heads", &shape.heads);
  fields.Visit("kv_heads", &shape.kv_heads);
  fields.Visit("ffn_width", &shape.ffn_width);
  fields.Visit("vocab", &shape.vocab);
  fields.Visit("context", &shape.context);
  fields.template Visit<Norm>(
      "norm", {{"rms", Norm::kRms}, {"layer", Norm::kLayer}}, &shape.norm);
  fields.template Visit<NormPlacement>("norm_placement",
                                       {{"pre", NormPlacement::kPre},
                                        {"post", NormPlacement::kPost},
                                        {"none", NormPlacement::kNone}},
                                       &shape.norm_placement);
  fields.template Visit<Residual>(
      "residual", {{"add", Residual::kAdd}, {"none", Residual::kNone}},
      &shape.residual);
  fields.template Visit<Positions>("positions",
                                   {{"rope", Positions::kRope},
                                    {"learned", Positions::kLearned},
                                    {"none", Positions::kNone}},
                                   &shape.positions);
  fields.template Visit<Activation>("activation",
                                    {{"swiglu", Activation::kSwiglu},
                                     {"gelu", Activation::kGelu},
                                     {"relu2", Activation::kRelu2}},
                                    &shape.activation);
  fields.template Visit<Objective>(
      "objective",
      {{"causal", Objective::kCausal}, {"masked", Objective::kMasked}},
      &shape.objective);
  fields.Visit("qk_norm", &shape.qk_norm);
  fields.Visit("tied_embedding", &shape.tied_embedding);
  fields.Visit("bias", &shape.bias);
}

template <typename Fields>
void VisitFields(const Fields& fields, Recipe& recipe) {
  constexpr double kMax = std::numeric_limits<double>::max();
  constexpr double kMin = std::numeric_limits<double>::min();
  fields.template Visit<Parameterization>(
      "parameterization",
      {{"completep", Parameterization::kCompleteP},
       {"mup", Parameterization::kMup},
       {"standard", Parameterization::kStandard}},
      &recipe.parameterization);
  fields.Visit("base_width", &recipe.base_width);
  fields.Visit("base_depth", &recipe.base_depth);
  fields.Visit("learning_rate", kMin, kMax, &recipe.learning_rate);
  fields.Visit("weight_decay", 0, kMax, &recipe.weight_decay);
  fields.Visit("beta1", 0, 1 - 1e-9, &recipe.beta1);
  fields.Visit("beta2", 0, 1 - 1e-9, &recipe.beta2);
  fields.Visit("epsilon", kMin, kMax, &recipe.epsilon);
  fields.Visit("init_std", kMin, kMax, &recipe.init_std);
  fields.Visit("gradient_clip", 0, kMax, &recipe.gradient_clip);
  fields.Visit("warmup_fraction", 0, 0.5, &recipe.warmup_fraction);
  fields.Visit("cooldown_fraction", 0, 1, &recipe.cooldown_fraction);
  fields.template Visit<Precision>("precision",
                                   {{"fp32", Precision::kFp32},
                                    {"bf16", Precision::kBf16},
                                    {"tf32", Precision::kTf32}},
                                   &recipe.precision);
  fields.Visit("input_multiplier", kMin, kMax, &recipe.input_multiplier);
  fields.Visit("output_multiplier", kMin, kMax, &recipe.output_multiplier);
  fields.Visit("z_loss", 0, 1, &recipe.z_loss);
  fields.Visit("mask_fraction", kMin, 1 - 1e-9, &recipe.mask_fraction);
  fields.template Visit<OptimizerKind>(
      "optimizer",
      {{"adamw", OptimizerKind::kAdamW}, {"muon", OptimizerKind::kMuon}},
      &recipe.optimizer);
  fields.Visit("muon_learning_rate", kMin, kMax, &recipe.muon_learning_rate);
  fields.Visit("muon_momentum", 0, 1 - 1e-9, &recipe.muon_momentum);
  fields.template Visit<Schedule>(
      "schedule", {{"wsd", Schedule::kWsd}, {"cosine", Schedule::kCosine}},
      &recipe.schedule);
}

Shape ParseShape(const json& line) {
  Shape shape;
  shape.heads = 0;
  shape.kv_heads = 0;
  VisitFields(FieldReader(line, "shape"), shape);
  if (shape.heads == 0 && shape.head_dim > 0) {
    shape.heads = shape.width / shape.head_dim;
  }
  if (shape.kv_heads == 0) shape.kv_heads = shape.heads;
  if (const std::string problem = ShapeProblem(shape); !problem.empty()) {
    Refuse(problem);
  }
  if (const std::string problem = HeadsProblem(shape); !problem.empty()) {
    Refuse(problem);
  }
  return shape;
}

Recipe ParseRecipe(const json& line) {
  Recipe recipe;
  VisitFields(FieldReader(line, "recipe"), recipe);
  if (recipe.base_width < 1) Refuse("recipe.base_width is less than 1");
  if (recipe.base_depth < 1) Refuse("recipe.base_depth is less than 1");
  return recipe;
}

void ParseBranches(const json& line, RunSpec& spec) {
  const auto found = line.find("branch_steps");
  if (found == line.end() || found->is_null()) return;
  if (!found->is_array()) {
    Refuse("branch_steps " + EchoedJson(*found) + " is not a list of steps");
  }
  for (const json& steps : *found) {
    if (!steps.is_number_integer()) {
      Refuse("branch_steps " + EchoedJson(*found) + " has " +
             EchoedJson(steps) + ", not a whole number");
    }
    spec.branch_steps.push_back(steps.get<int64_t>());
  }
  const std::string problem = BranchProblem(spec);
  if (!problem.empty()) Refuse(problem);
}

}  // namespace

const char* NameOf(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "fp32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kTf32:
      return "tf32";
  }
  return "";
}

RunSpec ParseShapeAndRecipe(const json& line) {
  RunSpec spec;
  spec.shape = ParseShape(line);
  spec.recipe = ParseRecipe(line);
  return spec;
}

RunSpec ParseRunSpec(const json& line) {
  std::string run;
  const FieldReader fields(line, "");
  fields.Visit("run", &run);
  RunSpec spec = ParseShapeAndRecipe(line);
  spec.run = run;
  FieldReader(line, "data").Visit("path", &spec.data_path);
  if (spec.data_path.empty()) {
    Refuse("data.path is empty; name a file or a folder");
  }
  fields.Visit("data_fingerprint", &spec.data_fingerprint);
  fields.Visit("steps", &spec.steps);
  if (spec.steps < 1) {
    Refuse("steps " + std::to_string(spec.steps) + " is less than 1");
  }
  fields.Visit("tokens_per_step", &spec.tokens_per_step);
  if (spec.tokens_per_step < 1 ||
      spec.tokens_per_step % spec.shape.context != 0) {
    Refuse("tokens_per_step " + std::to_string(spec.tokens_per_step) +
           " is not a multiple of the context " +
           std::to_string(spec.shape.context));
  }
  fields.Visit("seed", &spec.seed);
  fields.Visit("report_seconds", 0, 3600, &spec.report_seconds);
  if (line.contains("checkpoint")) {
    const FieldReader checkpoint(line, "checkpoint");
    checkpoint.Visit("path", &spec.checkpoint_path);
    checkpoint.Visit("seconds", 0, 1e6, &spec.checkpoint_seconds);
    if (spec.checkpoint_path.empty()) {
      Refuse("checkpoint.path is empty; name a folder");
    }
  }
  ParseBranches(line, spec);
  return spec;
}

nlohmann::ordered_json ShapeAndRecipeToJson(const RunSpec& spec) {
  nlohmann::ordered_json line;
  Shape shape = spec.shape;
  Recipe recipe = spec.recipe;
  VisitFields(FieldWriter(line["shape"]), shape);
  VisitFields(FieldWriter(line["recipe"]), recipe);
  return line;
}

}  // namespace isoshape
