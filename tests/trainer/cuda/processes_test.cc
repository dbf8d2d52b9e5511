// isoshape-trainer --processes 2 on two GPUs, which sum gradients by NCCL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

// Elements of the sums that a process took part in, in order.
std::vector<int64_t> Sums(const CudaLog& log) {
  std::vector<int64_t> elements;
  for (const CudaCall& call : log.calls()) {
    if (call.what == "sum") elements.push_back(call.number);
  }
  return elements;
}

TEST(GpuProcessesTest, SumTheSameGradientsInTheSameOrder) {
  StandIn stand_in;
  stand_in.machine().cards = 2;
  std::vector<CudaLog> logs;
  {
    CudaTrainer trainer(stand_in, {"--processes=2"});
    const json run = SmallCudaRun(stand_in);
    for (int i = 0; i < 2; ++i) {
      const json result = trainer.Train(run);
      EXPECT_EQ(result.at("outcome"), "succeeded") << result.dump();
      EXPECT_EQ(result.at("shape_card").at("processes"), 2);
    }
    EXPECT_EQ(trainer.Wait(), 0);
  }
  for (const pid_t process : stand_in.Processes()) {
    logs.push_back(stand_in.LogOf(process));
    EXPECT_THAT(logs.back().Faults(), IsEmpty());
    EXPECT_EQ(logs.back().Count("join"), 1);
  }
  ASSERT_THAT(logs, SizeIs(2));
  EXPECT_GE(Sums(logs[0]).size(), 8u);
  EXPECT_EQ(Sums(logs[0]), Sums(logs[1]));
  for (int card : {0, 1}) {
    EXPECT_GT(stand_in.card(card).launches, 0) << "card " << card;
  }
}

TEST(GpuProcessesTest, NeedAGpuEach) {
  StandIn stand_in;
  CudaTrainer trainer(stand_in, {"--processes=2"});
  EXPECT_EQ(trainer.Wait(), 2);
  EXPECT_THAT(trainer.errors(),
              testing::HasSubstr("--processes 2 needs a GPU for each, and 1"));
}

}  // namespace
}  // namespace isoshape
