#include "worker/trainer/trainer_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/process/program_folder.h"
#include "machine/cpus.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

std::vector<VisibleGpu> Gpus(const std::vector<std::string>& selectors) {
  std::vector<VisibleGpu> gpus;
  for (const std::string& selector : selectors) {
    gpus.push_back({.selector = selector, .uuid = selector, .name = ""});
  }
  return gpus;
}

TEST(TrainerCommandTest, AutoIsASlotForEachGpu) {
  WorkerOptions options;
  EXPECT_EQ(SlotCount(options, "cuda", Gpus({"GPU-a", "MIG-b", "3"})), 3);
  EXPECT_EQ(SlotCount(options, "cuda", {}), 1);
  EXPECT_EQ(SlotCount(options, "cpu", Gpus({"GPU-a"})), UsableCpus());
  options.slots = 5;
  EXPECT_EQ(SlotCount(options, "cuda", Gpus({"GPU-a"})), 5);
}

TEST(TrainerCommandTest, AutoIsCudaIfThereAreGpus) {
  WorkerOptions options;
  EXPECT_EQ(GuessDevice(options, {}), "cpu");
  EXPECT_EQ(GuessDevice(options, Gpus({"0"})), "cuda");
  options.device = "cpu";
  EXPECT_EQ(GuessDevice(options, Gpus({"0"})), "cpu");
}

TEST(TrainerCommandTest, EachSlotSeesOneGpuAndSlotsTakeThemInTurn) {
  const auto gpus = Gpus({"GPU-a", "MIG-b"});
  for (const auto& [slot, gpu] : {std::pair{0, "CUDA_VISIBLE_DEVICES=GPU-a"},
                                  std::pair{1, "CUDA_VISIBLE_DEVICES=MIG-b"},
                                  std::pair{2, "CUDA_VISIBLE_DEVICES=GPU-a"}}) {
    const ChildCommand command = CommandOfSlot({}, "cuda", gpus, slot, 3);
    EXPECT_THAT(command.environment, Contains(gpu)) << slot;
    EXPECT_THAT(command.cpus, IsEmpty());
  }
  EXPECT_THAT(CommandOfSlot({}, "cpu", gpus, 0, 1).environment,
              Not(Contains(StartsWith("CUDA_VISIBLE_DEVICES"))));
}

TEST(TrainerCommandTest, SlotsThatFillTheMachineAreBoundToCores) {
  const int cores = static_cast<int>(AllowedCpus().size());
  EXPECT_THAT(CommandOfSlot({}, "cpu", {}, cores - 1, cores).cpus,
              ElementsAre(AllowedCpus().back()));
  EXPECT_THAT(CommandOfSlot({}, "cpu", {}, 0, cores + 1).cpus, IsEmpty());
}

TEST(TrainerCommandTest, GraphsArePassedOnIfTheyWereSaid) {
  WorkerOptions options;
  EXPECT_THAT(CommandOfSlot(options, "cuda", {}, 0, 1).arguments,
              Not(Contains("--cuda-graphs")));
  options.cuda_graphs = "on";
  const auto arguments = CommandOfSlot(options, "cuda", {}, 0, 1).arguments;
  ASSERT_THAT(arguments, SizeIs(testing::Ge(2)));
  EXPECT_EQ(arguments[arguments.size() - 2], "--cuda-graphs");
  EXPECT_EQ(arguments.back(), "on");
}

TEST(TrainerCommandTest, ATrainerOfTheUsersOwnGetsItsCommandAsItIs) {
  WorkerOptions options;
  options.trainer = "python3 t.py";
  options.threads_per_run = 3;
  const ChildCommand command = CommandOfSlot(options, "cpu", {}, 0, 1);
  EXPECT_THAT(command.arguments, ElementsAre("/bin/sh", "-c", "python3 t.py"));
  EXPECT_THAT(command.environment, Contains("ISOSHAPE_THREADS=3"));
  EXPECT_THAT(command.environment, Contains("ISOSHAPE_DEVICE=auto"));
  // It may call isoshape-trainer by its name, and its errors are told.
  EXPECT_THAT(
      command.environment,
      Contains(AllOf(StartsWith("PATH="), EndsWith(":" + ProgramFolder()))));
  EXPECT_TRUE(command.relay_error);
}

TEST(TrainerCommandTest, SlotsOfOneGpuShareItsMemory) {
  EXPECT_EQ(MemoryOfTrial(80, 2, 2), 80);
  EXPECT_EQ(MemoryOfTrial(80, 2, 3), 40);
  EXPECT_EQ(MemoryOfTrial(80, 1, 4), 20);
  EXPECT_EQ(MemoryOfTrial(80, 0, 1), 80);
  EXPECT_EQ(MemoryOfTrial(0, 1, 4), 0);
}

}  // namespace
}  // namespace isoshape
