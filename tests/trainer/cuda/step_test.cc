// Tests of the calls that a training step makes of a GPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::IsEmpty;

// Steps of the start-up (kStartUpSteps in trainer/run/warm_up.h), which differ
// from the later ones: memory is new, graphs are recorded, and the host waits
// before the clock of speeds begins.
constexpr size_t kFirstSteps = 4;

struct Way {
  const char* name;
  const char* graphs;
  const char* precision;
  int replicas;
};

class StepTest : public testing::TestWithParam<Way> {
 protected:
  bool graphs() const { return GetParam().graphs == std::string("on"); }
  std::vector<std::string> Flags() const {
    return {std::string("--cuda-graphs=") + GetParam().graphs};
  }
  json Run() const {
    json run = SmallCudaRun(stand_in_);
    run["steps"] = 12;
    run["recipe"]["precision"] = GetParam().precision;
    if (GetParam().replicas == 1) return run;
    for (int i = 0; i < GetParam().replicas; ++i) {
      run["replicas"].push_back({{"run", std::to_string(i)}, {"seed", i}});
    }
    return run;
  }

  StandIn stand_in_;
};

TEST_P(StepTest, BreaksNoRuleAndWaitsForNothing) {
  CudaTrainer trainer(stand_in_, Flags());
  const json run = Run();
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

INSTANTIATE_TEST_SUITE_P(
    Ways, StepTest,
    testing::Values(
        Way{"fp32", "off", "fp32", 1}, Way{"tf32", "off", "tf32", 1},
        Way{"bf16", "off", "bf16", 1}, Way{"replicas", "off", "bf16", 4},
        Way{"graph_fp32", "on", "fp32", 1}, Way{"graph_tf32", "on", "tf32", 1},
        Way{"graph_bf16", "on", "bf16", 1},
        Way{"graph_replicas", "on", "bf16", 4}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace isoshape
