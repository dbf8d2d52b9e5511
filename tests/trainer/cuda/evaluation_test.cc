// The evaluation of a model on a GPU, on its own: forward passes over batches
// of held-out text, and over as many of the text that it was trained on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::IsEmpty;

// The calls of each batch of an evaluation: from the copy of its sequences, of
// `bytes` each, to the wait for their losses.
std::vector<CudaLog> Batches(const CudaLog& log, int64_t bytes) {
  std::vector<CudaLog> batches;
  std::vector<CudaCall> batch;
  bool read = false;  // the losses
  for (const CudaCall& call : log.calls()) {
    const bool begins = call.what == "copy" &&
                        call.detail == "pageable->device" &&
                        call.number % bytes == 0;
    if (batch.empty() && !begins) continue;
    batch.push_back(call);
    read |= call.detail == "device->pageable";
    if (!read || call.what != "wait") continue;
    batches.emplace_back(std::move(batch));
    batch.clear();
    read = false;
  }
  return batches;
}

class EvaluationTest : public testing::TestWithParam<std::string> {};

TEST_P(EvaluationTest, IsAForwardPassOfEachBatchInTheMemoryOfTheFirst) {
  StandIn stand_in;
  CudaTrainer trainer(stand_in, {"--cuda-graphs=" + GetParam()});
  const json run = SmallCudaRun(stand_in);
  const int64_t context = run.at("shape").at("context");
  ASSERT_EQ(trainer.Train(run).at("outcome"), "succeeded");
  const size_t before = trainer.Log().calls().size();
  const json result = trainer.Train(run);
  ASSERT_EQ(result.at("outcome"), "succeeded") << result.dump();
  // It follows the last step; the measurement of costs makes steps too.
  const std::vector<CudaLog> steps = trainer.Log(before).Steps(TokenBytes(run));
  const size_t last = run.at("steps").get<size_t>() - 1;
  ASSERT_GT(steps.size(), last);
  EXPECT_THAT(steps[last].Faults(), IsEmpty());

  const int64_t bytes = (context + 1) * static_cast<int64_t>(sizeof(int32_t));
  const std::vector<CudaLog> batches = Batches(steps[last], bytes);
  ASSERT_GT(batches.size(), 2u);
  int64_t sequences = 0;
  for (const CudaLog& batch : batches) {
    sequences += batch.calls().front().number / bytes;
    EXPECT_EQ(batch.Count("wait"), 2);  // for its tokens and its losses
    EXPECT_EQ(batch.Count("replay"), 0);
    EXPECT_GT(batch.Launches(/*captured=*/false), 0);
    // Half of a step's at most, which goes back and updates too.
    EXPECT_LE(batch.Launches(/*captured=*/false), 80);
    EXPECT_EQ(batch.LaunchesOf("backward"), 0);
  }
  for (size_t i = 1; i < batches.size(); ++i) {
    EXPECT_EQ(batches[i].Count("allocate"), 0) << "batch " << i + 1;
    EXPECT_EQ(batches[i].Count("free"), 0) << "batch " << i + 1;
  }
  // All of the held-out text, and no more than that of the other.
  const int64_t held_out =
      result.at("shape_card").at("validation_data_tokens").get<int64_t>() /
      context;
  EXPECT_GE(sequences, held_out);
  EXPECT_LE(sequences, 2 * held_out);
}

INSTANTIATE_TEST_SUITE_P(Graphs, EvaluationTest, testing::Values("off", "on"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace isoshape
