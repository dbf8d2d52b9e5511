#include "trainer/spec/run_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string>

namespace isoshape {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

json Line() {
  return json::parse(R"({"type": "run", "run": "r1",
      "shape": {"depth": 3, "width": 96, "head_dim": 16, "kv_heads": 2,
                "ffn_width": 256, "vocab": 256, "context": 64,
                "norm": "layer", "positions": "learned", "activation": "gelu",
                "tied_embedding": true, "bias": true},
      "recipe": {"parameterization": "standard", "base_width": 32,
                 "base_depth": 4, "learning_rate": 0.02, "weight_decay": 0,
                 "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-7,
                 "init_std": 0.03, "gradient_clip": 0, "warmup_fraction": 0.1,
                 "cooldown_fraction": 0.5, "precision": "bf16",
                 "input_multiplier": 2, "output_multiplier": 4},
      "data": {"path": "/data/text"}, "steps": 10, "tokens_per_step": 640,
      "seed": 7, "report_seconds": 1.5, "unknown": [1]})");
}

TEST(RunSpecTest, ReadsEveryField) {
  const RunSpec spec = ParseRunSpec(Line());
  EXPECT_EQ(spec.run, "r1");
  EXPECT_EQ(spec.shape.depth, 3);
  EXPECT_EQ(spec.shape.width, 96);
  EXPECT_EQ(spec.shape.heads, 6);
  EXPECT_EQ(spec.shape.kv_heads, 2);
  EXPECT_EQ(spec.shape.ffn_width, 256);
  EXPECT_EQ(spec.shape.context, 64);
  EXPECT_EQ(spec.shape.norm, Norm::kLayer);
  EXPECT_EQ(spec.shape.positions, Positions::kLearned);
  EXPECT_EQ(spec.shape.activation, Activation::kGelu);
  EXPECT_TRUE(spec.shape.tied_embedding);
  EXPECT_TRUE(spec.shape.bias);
  EXPECT_EQ(spec.recipe.parameterization, Parameterization::kStandard);
  EXPECT_EQ(spec.recipe.base_width, 32);
  EXPECT_EQ(spec.recipe.base_depth, 4);
  EXPECT_EQ(spec.recipe.learning_rate, 0.02);
  EXPECT_EQ(spec.recipe.weight_decay, 0);
  EXPECT_EQ(spec.recipe.beta1, 0.8);
  EXPECT_EQ(spec.recipe.beta2, 0.99);
  EXPECT_EQ(spec.recipe.epsilon, 1e-7);
  EXPECT_EQ(spec.recipe.init_std, 0.03);
  EXPECT_EQ(spec.recipe.gradient_clip, 0);
  EXPECT_EQ(spec.recipe.warmup_fraction, 0.1);
  EXPECT_EQ(spec.recipe.cooldown_fraction, 0.5);
  EXPECT_EQ(spec.recipe.precision, Precision::kBf16);
  EXPECT_EQ(spec.recipe.input_multiplier, 2);
  EXPECT_EQ(spec.recipe.output_multiplier, 4);
  EXPECT_EQ(spec.data_path, "/data/text");
  EXPECT_EQ(spec.steps, 10);
  EXPECT_EQ(spec.tokens_per_step, 640);
  EXPECT_EQ(spec.seed, 7);
  EXPECT_EQ(spec.report_seconds, 1.5);
}

TEST(RunSpecTest, WhatIsWrittenReadsTheSame) {
  json line = Line();
  const RunSpec spec = ParseRunSpec(line);
  const json written = ShapeAndRecipeToJson(spec);
  EXPECT_EQ(written.at("shape").at("norm"), "layer");
  EXPECT_EQ(written.at("recipe").at("muon_momentum"), 0.95);
  line.update(written);
  const RunSpec read = ParseRunSpec(line);
  EXPECT_EQ(read.shape, spec.shape);
  EXPECT_EQ(read.recipe, spec.recipe);
}

TEST(RunSpecTest, FieldsThatAreNullOrMissingKeepTheirDefaults) {
  json line = Line();
  line["recipe"] = {{"learning_rate", nullptr}};
  line["shape"].erase("kv_heads");
  const RunSpec spec = ParseRunSpec(line);
  EXPECT_EQ(spec.recipe.learning_rate, Recipe().learning_rate);
  EXPECT_EQ(spec.recipe.precision, Precision::kFp32);
  EXPECT_EQ(spec.shape.kv_heads, 6);
}

struct BadField {
  const char* pointer;  // JSON pointer of the field
  json value;
  const char* words[2];  // that the error has

  friend void PrintTo(const BadField& field, std::ostream* out) {
    *out << field.pointer << " " << field.value.dump();
  }
};

class BadRunSpecTest : public testing::TestWithParam<BadField> {};

TEST_P(BadRunSpecTest, IsRefusedByTheNameOfTheField) {
  json line = Line();
  line[json::json_pointer(GetParam().pointer)] = GetParam().value;
  EXPECT_THAT(
      [&] { ParseRunSpec(line); },
      ThrowsMessage<std::invalid_argument>(
          AllOf(HasSubstr(GetParam().words[0]), HasSubstr(GetParam().words[1]),
                testing::Not(HasSubstr("\n")))));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadRunSpecTest,
    testing::Values(
        BadField{"/shape", 3, {"no object", "shape"}},
        BadField{"/recipe", nullptr, {"no object", "recipe"}},
        BadField{"/data", "text", {"no object", "data"}},
        BadField{"/shape/depth", 0, {"depth", "0"}},
        BadField{"/shape/depth", 1.5, {"shape.depth", "not a whole number"}},
        BadField{"/shape/depth", "2", {"shape.depth", "not a whole number"}},
        BadField{"/shape/width", 100, {"width 100", "96 and 112"}},
        BadField{"/shape/head_dim", 15, {"head_dim", "15"}},
        BadField{"/shape/kv_heads", 4, {"kv_heads", "4"}},
        BadField{"/shape/vocab", 1, {"vocab 1", "256"}},
        BadField{"/shape/context", 0, {"context", "0"}},
        BadField{"/shape/norm", "batch", {"shape.norm", "rms, layer"}},
        BadField{"/shape/positions", 1, {"shape.positions", "rope, learned"}},
        BadField{"/shape/activation", "tanh", {"activation", "swiglu, gelu"}},
        BadField{"/shape/bias", 1, {"shape.bias", "true or false"}},
        BadField{"/recipe/learning_rate", 0, {"recipe.learning_rate", "0"}},
        BadField{"/recipe/learning_rate", "fast", {"learning_rate", "fast"}},
        BadField{"/recipe/weight_decay", -1, {"recipe.weight_decay", "-1"}},
        BadField{"/recipe/beta1", 1, {"recipe.beta1", "1"}},
        BadField{"/recipe/beta2", -0.1, {"recipe.beta2", "-0.1"}},
        BadField{"/recipe/epsilon", 0, {"recipe.epsilon", "0"}},
        BadField{"/recipe/init_std", -1, {"recipe.init_std", "-1"}},
        BadField{"/recipe/gradient_clip", -1, {"recipe.gradient_clip", "-1"}},
        BadField{"/recipe/warmup_fraction", 0.6, {"warmup_fraction", "0.6"}},
        BadField{"/recipe/cooldown_fraction", 2, {"cooldown_fraction", "2"}},
        BadField{"/recipe/base_width", 0, {"recipe.base_width", "1"}},
        BadField{"/recipe/base_depth", -2, {"recipe.base_depth", "1"}},
        BadField{"/recipe/precision", "fp8", {"precision", "fp32, bf16, tf32"}},
        BadField{"/recipe/parameterization", "x", {"x", "completep"}},
        BadField{"/data/path", "", {"data.path", "empty"}},
        BadField{"/data/path", 7, {"data.path", "not text"}},
        BadField{"/steps", 0, {"steps 0", "less than 1"}},
        BadField{"/steps", 1e300, {"steps", "whole number"}},
        BadField{"/tokens_per_step", 100, {"tokens_per_step 100", "64"}},
        BadField{"/recipe/schedule", "step", {"schedule", "wsd, cosine"}},
        BadField{"/branch_steps", 5, {"branch_steps 5", "list"}},
        BadField{"/branch_steps",
                 json::array({2.5}),
                 {"branch_steps", "2.5, not a whole number"}},
        BadField{"/branch_steps",
                 json::array({5, 10}),
                 {"branch_steps has 10", "ascend"}},
        BadField{"/report_seconds", -1, {"report_seconds", "-1"}}),
    [](const auto& param) {
      std::string name = std::to_string(param.index) + param.param.pointer;
      for (char& letter : name) {
        if (letter == '/') letter = '_';
      }
      return name;
    });

}  // namespace
}  // namespace isoshape
