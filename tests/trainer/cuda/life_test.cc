// What happens to a run on a GPU between its first step and its last.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kEndless = 2000000;

class LifeTest : public testing::TestWithParam<std::string> {
 protected:
  std::vector<std::string> Flags() const {
    return {"--cuda-graphs=" + GetParam()};
  }
  // A run whose only checkpoint is written when it ends.
  json RunWithCheckpoint(const std::string& name, int64_t steps) const {
    json run = SmallCudaRun(stand_in_);
    run["run"] = name;
    run["steps"] = steps;
    run["report_seconds"] = 0;
    run["checkpoint"] = {{"path", stand_in_.Path(name)}, {"seconds", 3600}};
    return run;
  }
  static int64_t FirstStep(CudaTrainer& trainer) {
    return trainer.ReceiveUntil("measurement").at("measurement").at("step");
  }

  StandIn stand_in_;
};

TEST_P(LifeTest, StopEndsARunThatThenGoesOnFromItsCheckpoint) {
  CudaTrainer trainer(stand_in_, Flags());
  trainer.Send(RunWithCheckpoint("r", kEndless));
  for (int step = 1; step < 8; ++step) FirstStep(trainer);
  trainer.Send({{"type", "stop"}, {"run", "r"}});
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "stopped");
  trainer.Send(RunWithCheckpoint("r", kEndless));
  EXPECT_GT(FirstStep(trainer), 7);
  trainer.Send({{"type", "stop"}, {"run", "r"}});
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "stopped");
  EXPECT_THAT(trainer.Log().Faults(), IsEmpty());
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_P(LifeTest, TerminationLeavesACheckpointForTheNextProcess) {
  {
    CudaTrainer trainer(stand_in_, Flags());
    trainer.Send(RunWithCheckpoint("r", kEndless));
    for (int step = 1; step < 8; ++step) FirstStep(trainer);
    ASSERT_EQ(kill(trainer.pid(), SIGTERM), 0);
    EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "stopped");
    EXPECT_THAT(trainer.Log().Faults(), IsEmpty());
    EXPECT_EQ(trainer.Wait(), 0);
  }
  CudaTrainer trainer(stand_in_, Flags());
  trainer.Send(RunWithCheckpoint("r", kEndless));
  EXPECT_GT(FirstStep(trainer), 7);
}

TEST_P(LifeTest, OneOfSeveralReplicasIsStoppedAndResumedAlone) {
  CudaTrainer trainer(stand_in_, Flags());
  json run = RunWithCheckpoint("", kEndless);
  run.erase("run");
  run.erase("checkpoint");
  for (const char* name : {"a", "b", "c"}) {
    run["replicas"].push_back(
        {{"run", name},
         {"seed", *name},
         {"checkpoint", {{"path", stand_in_.Path(name)}}}});
  }
  trainer.Send(run);
  for (int step = 1; step < 8; ++step) {
    for (int replica = 0; replica < 3; ++replica) FirstStep(trainer);
  }
  for (const char* name : {"b", "a", "c"}) {
    trainer.Send({{"type", "stop"}, {"run", name}});
    const json result = trainer.ReceiveUntil("result");
    EXPECT_EQ(result.at("run"), name);
    EXPECT_EQ(result.at("outcome"), "stopped") << result.dump();
  }
  json alone = RunWithCheckpoint("b", kEndless);
  alone["seed"] = 'b';
  trainer.Send(alone);
  EXPECT_GT(FirstStep(trainer), 7);
  trainer.Send({{"type", "stop"}, {"run", "b"}});
  trainer.ReceiveUntil("result");
  EXPECT_THAT(trainer.Log().Faults(), IsEmpty());
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_P(LifeTest, BranchesCoolDownBesideTheTrunk) {
  CudaTrainer trainer(stand_in_, Flags());
  json run = SmallCudaRun(stand_in_);
  run["steps"] = 60;
  run["branch_steps"] = {20, 40};
  const json result = trainer.Train(run);
  ASSERT_EQ(result.at("outcome"), "succeeded") << result.dump();
  const json& branches = result.at("shape_card").at("branches");
  ASSERT_EQ(branches.size(), 2u);
  EXPECT_EQ(branches[0].at("steps"), 20);
  EXPECT_EQ(branches[1].at("steps"), 40);
  EXPECT_THAT(trainer.Log().Faults(), IsEmpty());
}

// An error of the context is sticky: no later run of the process could train.
TEST_P(LifeTest, AContextThatIsLostEndsTheProcessAndIsSaidToBe) {
  CudaTrainer trainer(stand_in_, Flags());
  json run = SmallCudaRun(stand_in_);
  ASSERT_EQ(trainer.Train(run).at("outcome"), "succeeded");
  stand_in::Card& card = stand_in_.card();
  card.die_at_launch = card.launches + 50;
  const json result = trainer.Train(run);
  EXPECT_EQ(result.at("outcome"), "device_lost") << result.dump();
  EXPECT_THAT(result.at("error").get<std::string>(),
              HasSubstr("illegal memory access"));
  EXPECT_EQ(trainer.WaitForEnd(), 1);
}

INSTANTIATE_TEST_SUITE_P(Graphs, LifeTest, testing::Values("off", "on"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace isoshape
