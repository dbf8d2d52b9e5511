// Every kind of shape and recipe trains on a GPU by its rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::IsEmpty;

struct Variant {
  const char* name;
  json changes;  // merged into a small run
};

const std::vector<Variant>& Variants() {
  static const std::vector<Variant> variants = {
      {"llama", json::object()},
      {"grouped_bf16", {{"shape", {{"kv_heads", 2}}}}},
      {"grouped_fp32",
       {{"shape", {{"kv_heads", 2}}}, {"recipe", {{"precision", "fp32"}}}}},
      {"grouped_tf32",
       {{"shape", {{"kv_heads", 1}}}, {"recipe", {{"precision", "tf32"}}}}},
      {"gpt2",
       {{"shape",
         {{"norm", "layer"},
          {"positions", "learned"},
          {"activation", "gelu"},
          {"tied_embedding", true},
          {"bias", true}}}}},
      {"bert",
       {{"shape",
         {{"norm", "layer"},
          {"norm_placement", "post"},
          {"positions", "learned"},
          {"activation", "gelu"},
          {"objective", "masked"},
          {"tied_embedding", true},
          {"bias", true},
          {"vocab", 257}}}}},
      {"post_norm", {{"shape", {{"norm_placement", "post"}}}}},
      {"no_norm", {{"shape", {{"norm_placement", "none"}}}}},
      {"no_residual", {{"shape", {{"residual", "none"}}}}},
      {"no_positions", {{"shape", {{"positions", "none"}}}}},
      {"relu2", {{"shape", {{"activation", "relu2"}}}}},
      {"qk_norm", {{"shape", {{"qk_norm", true}}}}},
      {"z_loss", {{"recipe", {{"z_loss", 0.01}}}}},
      {"no_clip", {{"recipe", {{"gradient_clip", 0}}}}},
      {"muon", {{"recipe", {{"optimizer", "muon"}}}}},
      {"standard", {{"recipe", {{"parameterization", "standard"}}}}},
      {"cosine", {{"recipe", {{"schedule", "cosine"}}}}},
      {"recall", {{"data", {{"path", "synthetic:recall"}}}}},
  };
  return variants;
}

class ShapesTest : public testing::TestWithParam<std::string> {
 protected:
  // Trains each variant, all in one process.
  void TrainAll(int replicas) {
    StandIn stand_in;
    CudaTrainer trainer(stand_in, {"--cuda-graphs=" + GetParam(),
                                   "--replicas=" + std::to_string(replicas)});
    size_t seen = 0;
    for (const Variant& variant : Variants()) {
      SCOPED_TRACE(variant.name);
      json run = SmallCudaRun(stand_in);
      run.merge_patch(variant.changes);
      trainer.Send(run);
      for (int i = 0; i < replicas; ++i) {
        const json result = trainer.ReceiveUntil("result");
        EXPECT_EQ(result.at("outcome"), "succeeded") << result.dump();
      }
      const CudaLog log = trainer.Log(seen);
      seen += log.calls().size();
      EXPECT_THAT(log.Faults(), IsEmpty());
      const bool graph =
          GetParam() == "on" && std::string(variant.name) != "muon";
      EXPECT_GE(log.Count("replay"), graph ? 5 : 0);
    }
    EXPECT_EQ(trainer.Wait(), 0);
  }
};

TEST_P(ShapesTest, TrainAlone) { TrainAll(1); }

TEST_P(ShapesTest, TrainAsReplicas) { TrainAll(3); }

INSTANTIATE_TEST_SUITE_P(Graphs, ShapesTest, testing::Values("off", "on"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace isoshape
