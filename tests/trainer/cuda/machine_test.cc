// A GPU that is not there, or that fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Values of cudaError_t.
constexpr int kInsufficientDriver = 35, kNoDevice = 100;

TEST(MachineTest, WithoutAGpuEndsWithTwoAndOneLine) {
  for (const int error : {kNoDevice, kInsufficientDriver}) {
    StandIn stand_in;
    stand_in.machine().start_error = error;
    CudaTrainer trainer(stand_in, {});
    EXPECT_EQ(trainer.Wait(), 2) << error;
    EXPECT_THAT(trainer.errors(), HasSubstr("no usable GPU")) << error;
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

TEST(MachineTest, AShapeThatTheGpuCannotHoldIsRefusedBeforeItIsTried) {
  StandIn stand_in;
  stand_in.card().memory_bytes = 1 << 20;
  CudaTrainer trainer(stand_in, {});
  const json result = trainer.Train(SmallCudaRun(stand_in));
  EXPECT_EQ(result.at("outcome"), "out_of_memory");
  EXPECT_THAT(result.at("error"), HasSubstr("smaller shape"));
  EXPECT_EQ(stand_in.card().launches, 0);
}

}  // namespace
}  // namespace isoshape
