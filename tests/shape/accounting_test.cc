#include "shape/accounting.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace isoshape {
namespace {

// One matrix product of the forward pass over one sequence: (m x k) (k x n),
// `times` of them.
struct Gemm {
  int64_t m, k, n, times;
};

// Everything a forward pass over one sequence multiplies, head by head.
std::vector<Gemm> Gemms(const Shape& s) {
  std::vector<Gemm> gemms;
  for (int64_t layer = 0; layer < s.depth; ++layer) {
    gemms.push_back({s.context, s.width, s.head_dim, s.heads});         // q
    gemms.push_back({s.context, s.width, s.head_dim, 2 * s.kv_heads});  // k, v
    gemms.push_back({s.context, s.head_dim, s.context, s.heads});  // scores
    gemms.push_back({s.context, s.context, s.head_dim, s.heads});  // values
    gemms.push_back({s.context, s.heads * s.head_dim, s.width, 1});
    const int64_t up = s.activation == Activation::kSwiglu ? 2 : 1;  // gate
    gemms.push_back({s.context, s.width, s.ffn_width, up});
    gemms.push_back({s.context, s.ffn_width, s.width, 1});
  }
  if (s.objective == Objective::kMasked) {
    gemms.push_back({s.context, s.width, s.width, 1});  // prediction head
  }
  gemms.push_back({s.context, s.width, s.vocab, 1});
  return gemms;
}

Shape RandomShape(std::mt19937* rng) {
  const auto draw = [&](int64_t min, int64_t max) {
    return std::uniform_int_distribution<int64_t>(min, max)(*rng);
  };
  Shape s;
  s.depth = draw(1, 12);
  s.head_dim = 2 * draw(1, 32);
  s.kv_heads = draw(1, 4);
  s.heads = s.kv_heads * draw(1, 4);
  s.width = draw(1, 512);
  s.ffn_width = draw(1, 2048);
  s.vocab = draw(2, 5000);
  s.context = draw(1, 512);
  s.norm = draw(0, 1) ? Norm::kRms : Norm::kLayer;
  s.norm_placement = static_cast<NormPlacement>(draw(0, 2));
  s.residual = draw(0, 1) ? Residual::kAdd : Residual::kNone;
  s.positions = static_cast<Positions>(draw(0, 2));
  s.activation = static_cast<Activation>(draw(0, 2));
  s.objective = draw(0, 1) ? Objective::kCausal : Objective::kMasked;
  s.qk_norm = draw(0, 1);
  s.tied_embedding = draw(0, 1);
  s.bias = draw(0, 1);
  return s;
}

TEST(ForwardFlopsPerToken, EqualsTheSumOverEveryMatrixProduct) {
  std::mt19937 rng(1);
  for (int i = 0; i < 200; ++i) {
    const Shape s = RandomShape(&rng);
    double flops = 0;
    for (const Gemm& g : Gemms(s)) {
      flops += 2.0 * static_cast<double>(g.m * g.k * g.n) *
               static_cast<double>(g.times);
    }
    EXPECT_NEAR(
        ForwardFlopsPerToken(s) * static_cast<double>(s.context) / flops, 1,
        1e-12);
    EXPECT_DOUBLE_EQ(TrainingFlopsPerToken(s), 3 * ForwardFlopsPerToken(s));
    EXPECT_DOUBLE_EQ(EffectiveSize(s), ForwardFlopsPerToken(s) / 2);
  }
}

TEST(TrainingFlopsPerToken, ConventionsDifferByTheTermsTheyLeaveOut) {
  std::mt19937 rng(2);
  for (int i = 0; i < 100; ++i) {
    const Shape s = RandomShape(&rng);
    const double exact = TrainingFlopsPerToken(s);
    const double lookup = 6.0 * static_cast<double>(s.vocab * s.width);
    const double softmax =
        9.0 * static_cast<double>(s.depth * s.heads * s.context);
    EXPECT_NEAR(TrainingFlopsPerToken(s, FlopConvention::kChinchilla),
                exact + lookup + softmax, 1e-9 * exact);
    const ParameterCounts counts = CountParameters(s);
    EXPECT_DOUBLE_EQ(TrainingFlopsPerToken(s, FlopConvention::kSixN),
                     6.0 * static_cast<double>(counts.total()));
    EXPECT_DOUBLE_EQ(TrainingFlopsPerToken(s, FlopConvention::kKaplan),
                     6.0 * static_cast<double>(counts.attention + counts.ffn +
                                               counts.norms + counts.head));
    const double scores =
        12.0 * static_cast<double>(s.depth * s.heads * s.head_dim * s.context);
    EXPECT_NEAR(
        TrainingFlopsPerToken(s, FlopConvention::kPalm),
        6.0 * static_cast<double>(counts.total() - counts.positions) + scores,
        1e-9 * exact);
  }
}

// nanoGPT, model.py: for a tied GPT-2 without biases the PaLM formula differs
// from the exact count by the norms alone.
TEST(TrainingFlopsPerToken, PalmIsExactButForNormsWhereTiedAndWithoutBias) {
  Shape s;
  s.depth = 12;
  s.width = 768;
  s.head_dim = 64;
  s.heads = s.kv_heads = 12;
  s.ffn_width = 3072;
  s.vocab = 50304;
  s.context = 1024;
  s.activation = Activation::kGelu;
  s.positions = Positions::kLearned;
  s.tied_embedding = true;
  const double norms = 6.0 * 25 * 768;
  EXPECT_DOUBLE_EQ(TrainingFlopsPerToken(s, FlopConvention::kPalm) - norms,
                   TrainingFlopsPerToken(s));
  // 6 x 123.5M + 12 x 12 x 768 x 1024.
  EXPECT_NEAR(TrainingFlopsPerToken(s) / 8.546e8, 1, 1e-3);
}

// Hoffmann et al. 2022, appendix F, written out for one sequence of a 12-layer
// model of width 640: embeddings, qkv, scores, softmax, values, output, dense,
// logits; backward is twice forward.
TEST(TrainingFlopsPerToken, ChinchillaFollowsAppendixF) {
  Shape s;
  s.depth = 10;
  s.width = 640;
  s.head_dim = 64;
  s.heads = s.kv_heads = 10;
  s.ffn_width = 2560;
  s.vocab = 32000;
  s.context = 2048;
  s.activation = Activation::kGelu;
  const double t = 2048, d = 640, kh = 640, h = 10, f = 2560, v = 32000;
  const double layer = 2 * 3 * t * d * kh + 2 * t * t * kh + 3 * h * t * t +
                       2 * t * t * kh + 2 * t * kh * d +
                       2 * t * (d * f + f * d);
  const double forward = 2 * t * v * d + 10 * layer + 2 * t * d * v;
  EXPECT_NEAR(TrainingFlopsPerToken(s, FlopConvention::kChinchilla) * t,
              3 * forward, 1e-6 * forward);
}

TEST(StepsAtBudget, IsTheNearestWholeNumberAndZeroBelowHalfAStep) {
  const Shape s;
  const double step = TrainingFlopsPerToken(s) * 1024;
  EXPECT_EQ(StepsAtBudget(s, 0.49 * step, 1024), 0);
  EXPECT_EQ(StepsAtBudget(s, 0.51 * step, 1024), 1);
  EXPECT_EQ(StepsAtBudget(s, 7.4 * step, 1024), 7);
  EXPECT_EQ(StepsAtBudget(s, 7.6 * step, 1024), 8);
  // Tokens beyond 64 bits are the most there are, not none.
  EXPECT_EQ(StepsAtBudget(s, 1e40, 1024) * 1024, int64_t{1} << 62);
}

TEST(EstimateTrainingMemory, StateIsSixteenBytesAParameter) {
  std::mt19937 rng(3);
  for (int i = 0; i < 20; ++i) {
    const Shape s = RandomShape(&rng);
    EXPECT_EQ(EstimateTrainingMemory(s, 1024).state,
              16 * CountParameters(s).total());
  }
}

// About 65 bytes for each token, layer and unit of width of a GPT-style block
// in fp32 (16 floats: 4 x width of the block's norms, 4 of attention, 8 of a
// feed-forward of 4 x width).
TEST(EstimateTrainingMemory, AGptBlockSavesAbout65BytesAUnit) {
  Shape s;
  s.width = 512;
  s.head_dim = 64;
  s.heads = s.kv_heads = 8;
  s.ffn_width = 2048;
  s.activation = Activation::kGelu;
  s.positions = Positions::kLearned;
  Shape deeper = s;
  deeper.depth = s.depth + 1;
  const double block =
      static_cast<double>(EstimateTrainingMemory(deeper, 4096).activations -
                          EstimateTrainingMemory(s, 4096).activations);
  EXPECT_NEAR(block / (4096.0 * 512), 65, 2);
}

// What LibTorch takes is in tests/trainer/model/memory_estimate_test.cc.

// In bf16 on a GPU about one byte for each logit of 16,384 tokens.
TEST(EstimateTrainingMemory, LogitsTakeNoMoreThanAChunk) {
  Shape s;
  s.vocab = 50304;
  TrainingKind kind;
  kind.bf16 = true;
  const int64_t step = 16384;
  Shape smaller = s;
  smaller.vocab = 256;
  const auto logits = [&](int64_t tokens) {
    return EstimateTrainingMemory(s, tokens, kind).activations -
           EstimateTrainingMemory(smaller, tokens, kind).activations;
  };
  EXPECT_LT(
      static_cast<double>(logits(step)) / static_cast<double>(step * s.vocab),
      1.1);
  kind.gpu = false;
  EXPECT_LT(logits(step), 300e6);
}

TEST(EstimateTrainingMemory, KnowsPrecisionOptimizerAndReplicas) {
  Shape s;
  s.depth = 8;
  s.width = 256;
  s.heads = s.kv_heads = 16;
  s.ffn_width = 1024;
  const MemoryEstimate plain = EstimateTrainingMemory(s, 4096);
  TrainingKind kind;
  kind.bf16 = true;
  const MemoryEstimate half = EstimateTrainingMemory(s, 4096, kind);
  EXPECT_EQ(half.state, plain.state);
  EXPECT_LT(static_cast<double>(half.activations),
            0.75 * static_cast<double>(plain.activations));
  kind.replicas = 3;
  EXPECT_NEAR(
      static_cast<double>(EstimateTrainingMemory(s, 4096, kind).activations),
      3.0 * static_cast<double>(half.activations), 3);
  kind.muon = true;
  const MemoryEstimate muon = EstimateTrainingMemory(s, 4096, kind);
  EXPECT_GT(muon.optimizer, 0);
  EXPECT_EQ(muon.total(),
            muon.state + std::max(muon.activations, muon.optimizer));
  // Fused attention takes groups of heads in bf16 alone; in fp32 keys and
  // values are repeated.
  Shape grouped = s;
  grouped.kv_heads = 4;
  const auto saving = [&](bool bf16) {
    TrainingKind of;
    of.bf16 = bf16;
    return 1 - static_cast<double>(
                   EstimateTrainingMemory(grouped, 4096, of).activations) /
                   static_cast<double>(
                       EstimateTrainingMemory(s, 4096, of).activations);
  };
  EXPECT_GT(saving(true), 4 * saving(false));
}

TEST(EstimateTrainingMemory, GrowsWithTokensDepthAndWidth) {
  Shape s;
  const int64_t base = EstimateTrainingMemory(s, 1024).total();
  EXPECT_GT(EstimateTrainingMemory(s, 2048).total(), base);
  Shape deeper = s;
  deeper.depth *= 2;
  EXPECT_GT(EstimateTrainingMemory(deeper, 1024).total(), base);
  Shape wider = s;
  wider.width *= 2;
  wider.heads = wider.kv_heads = 8;
  EXPECT_GT(EstimateTrainingMemory(wider, 1024).total(), base);
}

}  // namespace
}  // namespace isoshape
