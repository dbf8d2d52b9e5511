// What a training step asks of a GPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::IsEmpty;

// Of the start-up (kStartUpSteps in trainer/run/warm_up.h): memory is new,
// graphs are recorded, and the host waits before the clock of speeds begins.
constexpr size_t kFirstSteps = 4;

class StepTest : public testing::TestWithParam<std::string> {
 protected:
  bool graphs() const { return GetParam() == "on"; }
  std::vector<std::string> Flags() const {
    return {"--cuda-graphs=" + GetParam()};
  }

  StandIn stand_in_;
};

TEST_P(StepTest, BreaksNoRuleAndWaitsForNothing) {
  CudaTrainer trainer(stand_in_, Flags());
  json run = SmallCudaRun(stand_in_);
  run["steps"] = 12;
  const json result = trainer.Train(run);
  EXPECT_EQ(result.at("outcome"), "succeeded") << result.dump();
  const CudaLog log = trainer.Log();
  EXPECT_THAT(log.Faults(), IsEmpty());
  const std::vector<CudaLog> steps = log.Steps(TokenBytes(run));
  // Those at the end are measured, and the evaluation follows.
  const size_t last = 9;
  ASSERT_GT(steps.size(), last);
  for (size_t i = kFirstSteps; i < last; ++i) {
    EXPECT_THAT(steps[i].Stalls(), IsEmpty()) << "step " << i + 1;
    EXPECT_EQ(steps[i].Count("allocate"), 0) << "step " << i + 1;
    EXPECT_EQ(steps[i].Count("free"), 0) << "step " << i + 1;
    EXPECT_EQ(steps[i].Count("pin"), 0) << "step " << i + 1;
    EXPECT_EQ(steps[i].Count("replay"), graphs() ? 1 : 0) << "step " << i + 1;
  }
  EXPECT_EQ(trainer.Wait(), 0);
}

INSTANTIATE_TEST_SUITE_P(Graphs, StepTest, testing::Values("off", "on"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace isoshape
