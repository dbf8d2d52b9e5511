// How many kernels and products a step launches. A small shape takes as long as
// its launches take, so that each one more is slower.
#include <gtest/gtest.h>

#include <string>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Returns the number of launches of one step in the middle of a run.
int64_t Launches(json run, StandIn& stand_in, int64_t depth) {
  run["shape"]["depth"] = depth;
  CudaTrainer trainer(stand_in, {"--cuda-graphs=off"});
  const json result = trainer.Train(run);
  EXPECT_EQ(result.at("outcome"), "succeeded") << result.dump();
  const std::vector<CudaLog> steps = trainer.Log().Steps(TokenBytes(run));
  return steps.size() > 4 ? steps[4].Launches(/*captured=*/false) : -1;
}

// Launches of each layer, and of the rest of the step: two and ten more than
// were counted.
void ExpectAtMost(const json& changes, int64_t per_layer, int64_t rest) {
  StandIn stand_in;
  json run = SmallCudaRun(stand_in);
  run.merge_patch(changes);
  const int64_t two = Launches(run, stand_in, 2);
  const int64_t four = Launches(run, stand_in, 4);
  ASSERT_GT(two, 0);
  const int64_t layer = (four - two) / 2;
  EXPECT_LE(layer, per_layer);
  EXPECT_LE(two - 2 * layer, rest);
}

TEST(LaunchesTest, OfTheDefaultShapeAreBounded) {
  ExpectAtMost({{"recipe", {{"precision", "bf16"}}}}, 81, 48);
  ExpectAtMost({{"recipe", {{"precision", "fp32"}}}}, 63, 42);
}

TEST(LaunchesTest, OfGpt2AreBounded) {
  const json shape = {{"norm", "layer"},
                      {"positions", "learned"},
                      {"activation", "gelu"},
                      {"ffn_width", 256},
                      {"tied_embedding", true}};
  ExpectAtMost({{"shape", shape}, {"recipe", {{"precision", "bf16"}}}}, 55, 51);
  ExpectAtMost({{"shape", shape}, {"recipe", {{"precision", "fp32"}}}}, 43, 45);
}

}  // namespace
}  // namespace isoshape
