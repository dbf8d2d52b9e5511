#include "trainer/run_spec.h"

#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace isoshape {
namespace {

using nlohmann::json;

[[noreturn]] void Refuse(const std::string& message) {
  throw std::invalid_argument(message);
}

// Reads the fields of one object and names it in every error.
class Fields {
 public:
  Fields(const json& line, const char* name) : name_(name) {
    if (name_.empty()) {
      object_ = &line;
    } else if (line.contains(name) && line.at(name).is_object()) {
      object_ = &line.at(name);
    } else {
      Refuse("the run has no object '" + name_ + "'");
    }
  }

  void Read(const char* field, int64_t* value) const {
    const json* found = Find(field);
    if (found == nullptr) return;
    // Doubles hold every whole number up to 2^53.
    if (!found->is_number() ||
        std::trunc(found->get<double>()) != found->get<double>() ||
        std::abs(found->get<double>()) > 9007199254740992.0) {
      Refuse(Path(field) + " " + found->dump() + " is not a whole number");
    }
    *value = found->get<int64_t>();
  }
  // Accepts [low, high].
  void Read(const char* field, double low, double high, double* value) const {
    const json* found = Find(field);
    if (found == nullptr) return;
    if (!found->is_number() || !(found->get<double>() >= low) ||
        !(found->get<double>() <= high)) {
      std::ostringstream message;
      message << Path(field) << " " << found->dump() << " is not a number in ["
              << low << ", " << high << "]";
      Refuse(message.str());
    }
    *value = found->get<double>();
  }
  void Read(const char* field, bool* value) const {
    const json* found = Find(field);
    if (found == nullptr) return;
    if (!found->is_boolean()) {
      Refuse(Path(field) + " " + found->dump() + " is not true or false");
    }
    *value = found->get<bool>();
  }
  void Read(const char* field, std::string* value) const {
    const json* found = Find(field);
    if (found == nullptr) return;
    if (!found->is_string()) {
      Refuse(Path(field) + " " + found->dump() + " is not text");
    }
    *value = found->get<std::string>();
  }
  template <typename Enum>
  void Read(const char* field,
            const std::vector<std::pair<const char*, Enum>>& names,
            Enum* value) const {
    const json* found = Find(field);
    if (found == nullptr) return;
    std::string known;
    for (const auto& [name, candidate] : names) {
      if (*found == name) {
        *value = candidate;
        return;
      }
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    Refuse(Path(field) + " " + found->dump() + " is not one of " + known);
  }

 private:
  const json* Find(const char* field) const {
    const auto found = object_->find(field);
    return found == object_->end() || found->is_null() ? nullptr : &*found;
  }
  std::string Path(const char* field) const {
    return name_.empty() ? field : name_ + "." + field;
  }

  const std::string name_;
  const json* object_ = nullptr;
};

Shape ParseShape(const json& line) {
  const Fields fields(line, "shape");
  Shape shape;
  shape.heads = 0;
  shape.kv_heads = 0;
  fields.Read("depth", &shape.depth);
  fields.Read("width", &shape.width);
  fields.Read("head_dim", &shape.head_dim);
  fields.Read("heads", &shape.heads);
  fields.Read("kv_heads", &shape.kv_heads);
  fields.Read("ffn_width", &shape.ffn_width);
  fields.Read("vocab", &shape.vocab);
  fields.Read("context", &shape.context);
  fields.Read<Norm>("norm", {{"rms", Norm::kRms}, {"layer", Norm::kLayer}},
                    &shape.norm);
  fields.Read<NormPlacement>("norm_placement",
                             {{"pre", NormPlacement::kPre},
                              {"post", NormPlacement::kPost},
                              {"none", NormPlacement::kNone}},
                             &shape.norm_placement);
  fields.Read<Residual>("residual",
                        {{"add", Residual::kAdd}, {"none", Residual::kNone}},
                        &shape.residual);
  fields.Read<Positions>("positions",
                         {{"rope", Positions::kRope},
                          {"learned", Positions::kLearned},
                          {"none", Positions::kNone}},
                         &shape.positions);
  fields.Read<Activation>("activation",
                          {{"swiglu", Activation::kSwiglu},
                           {"gelu", Activation::kGelu},
                           {"relu2", Activation::kRelu2}},
                          &shape.activation);
  fields.Read<Objective>(
      "objective",
      {{"causal", Objective::kCausal}, {"masked", Objective::kMasked}},
      &shape.objective);
  fields.Read("qk_norm", &shape.qk_norm);
  fields.Read("tied_embedding", &shape.tied_embedding);
  fields.Read("bias", &shape.bias);
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
  if (shape.vocab < 256) {
    Refuse("vocab " + std::to_string(shape.vocab) +
           " is less than the 256 values of a byte; use 256");
  }
  if (shape.objective == Objective::kMasked && shape.vocab < 257) {
    Refuse("vocab " + std::to_string(shape.vocab) +
           " leaves no token for the mask of objective masked beside the 256 "
           "values of a byte; use 257");
  }
  return shape;
}

Recipe ParseRecipe(const json& line) {
  const Fields fields(line, "recipe");
  constexpr double kMost = std::numeric_limits<double>::max();
  constexpr double kLeast = std::numeric_limits<double>::min();
  Recipe recipe;
  fields.Read<Parameterization>("parameterization",
                                {{"completep", Parameterization::kCompleteP},
                                 {"mup", Parameterization::kMup},
                                 {"standard", Parameterization::kStandard}},
                                &recipe.parameterization);
  fields.Read("base_width", &recipe.base_width);
  fields.Read("base_depth", &recipe.base_depth);
  if (recipe.base_width < 1) Refuse("recipe.base_width is less than 1");
  if (recipe.base_depth < 1) Refuse("recipe.base_depth is less than 1");
  fields.Read("learning_rate", kLeast, kMost, &recipe.learning_rate);
  fields.Read("weight_decay", 0, kMost, &recipe.weight_decay);
  fields.Read("beta1", 0, 1 - 1e-9, &recipe.beta1);
  fields.Read("beta2", 0, 1 - 1e-9, &recipe.beta2);
  fields.Read("epsilon", kLeast, kMost, &recipe.epsilon);
  fields.Read("init_std", kLeast, kMost, &recipe.init_std);
  fields.Read("gradient_clip", 0, kMost, &recipe.gradient_clip);
  fields.Read("warmup_fraction", 0, 0.5, &recipe.warmup_fraction);
  fields.Read("cooldown_fraction", 0, 1, &recipe.cooldown_fraction);
  fields.Read<Precision>(
      "precision", {{"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}},
      &recipe.precision);
  fields.Read("input_multiplier", kLeast, kMost, &recipe.input_multiplier);
  fields.Read("output_multiplier", kLeast, kMost, &recipe.output_multiplier);
  fields.Read("z_loss", 0, 1, &recipe.z_loss);
  fields.Read("mask_fraction", kLeast, 1 - 1e-9, &recipe.mask_fraction);
  fields.Read<OptimizerKind>(
      "optimizer",
      {{"adamw", OptimizerKind::kAdamW}, {"muon", OptimizerKind::kMuon}},
      &recipe.optimizer);
  fields.Read("muon_learning_rate", kLeast, kMost, &recipe.muon_learning_rate);
  fields.Read("muon_momentum", 0, 1 - 1e-9, &recipe.muon_momentum);
  return recipe;
}

}  // namespace

RunSpec ParseRunSpec(const json& line) {
  RunSpec spec;
  const Fields fields(line, "");
  fields.Read("run", &spec.run);
  spec.shape = ParseShape(line);
  spec.recipe = ParseRecipe(line);
  Fields(line, "data").Read("path", &spec.data_path);
  if (spec.data_path.empty()) Refuse("data.path is empty; name a text");
  fields.Read("steps", &spec.steps);
  if (spec.steps < 1) {
    Refuse("steps " + std::to_string(spec.steps) + " is less than 1");
  }
  fields.Read("tokens_per_step", &spec.tokens_per_step);
  if (spec.tokens_per_step < 1 ||
      spec.tokens_per_step % spec.shape.context != 0) {
    Refuse("tokens_per_step " + std::to_string(spec.tokens_per_step) +
           " is not a multiple of the context " +
           std::to_string(spec.shape.context));
  }
  fields.Read("seed", &spec.seed);
  fields.Read("report_seconds", 0, 3600, &spec.report_seconds);
  return spec;
}

}  // namespace isoshape
