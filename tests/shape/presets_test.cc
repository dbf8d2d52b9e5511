#include "shape/presets.h"

#include "gtest/gtest.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

TEST(Presets, GiveTheirOptionsAndLeaveTheSizes) {
  for (const Preset& preset : Presets()) {
    Shape shape;
    shape.depth = 3;
    shape.width = 96;
    shape.head_dim = 24;
    shape.heads = 4;
    shape.kv_heads = 2;
    shape.ffn_width = 200;
    shape.vocab = 300;
    shape.context = 64;
    shape.residual = Residual::kNone;
    const Shape before = shape;
    ApplyPreset(preset, &shape);
    EXPECT_EQ(shape.depth, before.depth) << preset.name;
    EXPECT_EQ(shape.width, before.width);
    EXPECT_EQ(shape.head_dim, before.head_dim);
    EXPECT_EQ(shape.heads, before.heads);
    EXPECT_EQ(shape.kv_heads, before.kv_heads);
    EXPECT_EQ(shape.ffn_width, before.ffn_width);
    EXPECT_EQ(shape.vocab, before.vocab);
    EXPECT_EQ(shape.context, before.context);
    EXPECT_EQ(shape.residual, Residual::kAdd);
  }
  EXPECT_EQ(FindPreset("t5"), nullptr);
  EXPECT_EQ(PresetNames(), "gpt2, llama, bert");
}

Shape Base(const char* preset) {
  Shape shape;
  shape.depth = 12;
  shape.width = 768;
  shape.head_dim = 64;
  shape.heads = shape.kv_heads = 12;
  shape.ffn_width = 3072;
  ApplyPreset(*FindPreset(preset), &shape);
  return shape;
}

TEST(Presets, CountTheParametersOfThePublishedWeights) {
  Shape gpt2 = Base("gpt2");
  gpt2.vocab = 50257;
  gpt2.context = 1024;
  EXPECT_EQ(CountParameters(gpt2).total(), 124439808);

  // Released BERT-base with its masked-token head: 109,514,298 parameters, of
  // which two token types and a bias for each token of the vocabulary are not
  // part of a shape.
  Shape bert = Base("bert");
  bert.vocab = 30522;
  bert.context = 512;
  EXPECT_EQ(CountParameters(bert).total(), 109514298 - 2 * 768 - 30522);

  Shape llama;
  llama.depth = 32;
  llama.width = 4096;
  llama.head_dim = 128;
  llama.heads = llama.kv_heads = 32;
  llama.ffn_width = 11008;
  llama.vocab = 32000;
  llama.context = 2048;
  ApplyPreset(*FindPreset("llama"), &llama);
  EXPECT_EQ(CountParameters(llama).total(), 6738415616);
}

// What each option adds to the count of a plain shape, by hand.
TEST(CountParameters, FollowsTheOptions) {
  Shape plain;  // width 64, depth 1, head_dim 16, 4 heads
  plain.depth = 3;
  const int64_t base = CountParameters(plain).total();
  Shape shape = plain;
  shape.norm_placement = NormPlacement::kPost;
  EXPECT_EQ(CountParameters(shape).total(), base);  // embedding for final norm
  shape.norm_placement = NormPlacement::kNone;
  EXPECT_EQ(CountParameters(shape).total(), base - int64_t{7} * 64);
  shape = plain;
  shape.qk_norm = true;
  EXPECT_EQ(CountParameters(shape).total(), base + int64_t{3} * 2 * 16);
  shape = plain;
  shape.residual = Residual::kNone;
  shape.positions = Positions::kNone;
  EXPECT_EQ(CountParameters(shape).total(), base);
  shape.activation = Activation::kRelu2;
  EXPECT_EQ(CountParameters(shape).total(),
            base - int64_t{3} * 64 * plain.ffn_width);
  shape = plain;
  shape.objective = Objective::kMasked;
  EXPECT_EQ(CountParameters(shape).total(), base + int64_t{64} * 64 + 64);
}

}  // namespace
}  // namespace isoshape
