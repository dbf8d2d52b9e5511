// A GPU that is not there, or that fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Values of cudaError_t.
constexpr int kInsufficientDriver = 35, kDevicesUnavailable = 46,
              kNoDevice = 100;

TEST(MachineTest, WithoutAGpuEndsWithTwoAndOneLine) {
  StandIn stand_in;
  stand_in.machine().start_error = kNoDevice;
  CudaTrainer trainer(stand_in, {});
  EXPECT_EQ(trainer.Wait(), 2);
  EXPECT_THAT(trainer.errors(), HasSubstr("no GPU is visible"));
}

TEST(MachineTest, AGpuThatCannotBeUsedEndsWithOneAndTheRemedy) {
  for (const auto& [error, remedy] :
       {std::pair{kInsufficientDriver, "update the driver"},
        std::pair{kDevicesUnavailable, "nvidia-smi -c DEFAULT"}}) {
    StandIn stand_in;
    stand_in.machine().start_error = error;
    CudaTrainer trainer(stand_in, {});
    EXPECT_EQ(trainer.Wait(), 1) << error;
    EXPECT_THAT(trainer.errors(), HasSubstr(remedy)) << error;
  }
}

TEST(MachineTest, VisibleDevicesSayWhichGpuIsUsed) {
  StandIn stand_in;
  stand_in.machine().cards = 4;
  CudaTrainer trainer(stand_in, {}, {"CUDA_VISIBLE_DEVICES=2"});
  EXPECT_EQ(trainer.Train(SmallCudaRun(stand_in)).at("outcome"), "succeeded");
  EXPECT_EQ(stand_in.card(0).launches, 0);
  EXPECT_GT(stand_in.card(2).launches, 0);
}

TEST(MachineTest, AGpuWithoutFreeMemoryIsNotUsed) {
  StandIn stand_in;
  stand_in.card().memory_bytes = 1 << 20;
  CudaTrainer trainer(stand_in, {});
  EXPECT_EQ(trainer.Wait(), 1);
  EXPECT_THAT(trainer.errors(), HasSubstr("are free, and the smallest run"));
}

TEST(MachineTest, AShapeThatTheGpuCannotHoldIsRefusedBeforeItIsTried) {
  StandIn stand_in;
  stand_in.card().memory_bytes = int64_t{600} << 20;
  CudaTrainer trainer(stand_in, {});
  json run = SmallCudaRun(stand_in);
  run["shape"]["width"] = 8192;  // 0.8 GB of weights a layer
  run["shape"]["ffn_width"] = 32768;
  const json result = trainer.Train(run);
  EXPECT_EQ(result.at("outcome"), "out_of_memory");
  EXPECT_THAT(result.at("error"), HasSubstr("smaller shape"));
  EXPECT_EQ(stand_in.card().launches, 0);
}

}  // namespace
}  // namespace isoshape
