// Memory of isoshape-trainer: what it reports of a run, and a run that does not
// fit, which must not cost the process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/trainer/program_fixture.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ProgramMemoryTest : public ProgramTest {};

// The first run of a process also loads libraries and starts threads, which
// takes some 40 % of what this run takes. Equal runs differ by up to 8 %, since
// the heap has other holes when each of them begins.
TEST_F(ProgramMemoryTest, EqualRunsTellEqualPeaksOfMemoryTheFirstAmongThem) {
  for (const char* placement : {"pre", "post"}) {  // the engines of a CPU
    SCOPED_TRACE(placement);
    TrainerProcess trainer(kCpu);
    json line = Run("", 8);
    line["shape"]["norm_placement"] = placement;
    line["shape"].update(
        {{"depth", 2}, {"width", 64}, {"ffn_width", 256}, {"context", 64}});
    line["tokens_per_step"] = 6144;  // noise of pages is little beside it
    std::vector<double> peaks;
    for (const char* run : {"first", "second", "third"}) {
      line["run"] = run;
      trainer.Send(line);
      const json result = trainer.ReceiveUntil("result");
      ASSERT_EQ(result.at("outcome"), "succeeded");
      peaks.push_back(result.at("shape_card").at("peak_memory_bytes"));
    }
    EXPECT_NEAR(peaks[0], peaks[2], 0.15 * peaks[2]);
    EXPECT_NEAR(peaks[1], peaks[2], 0.15 * peaks[2]);
  }
}

TEST_F(ProgramMemoryTest, RefusesAShapeThatTheMachineCannotHold) {
  TrainerProcess trainer(kCpu);
  json run = Run("huge", 3);
  run["shape"]["width"] = 1 << 20;
  run["shape"]["ffn_width"] = 1 << 22;
  trainer.Send(run);
  const json result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("outcome"), "out_of_memory");
  EXPECT_THAT(result.at("error"), HasSubstr("smaller shape"));
  trainer.Send(Run("good", 3));
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "succeeded");
}

// Bytes of address space that a process has mapped.
rlim_t AddressSpace(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  rlim_t pages = 0;
  file >> pages;
  return pages * 4096;
}

TEST_F(ProgramMemoryTest, AnAllocationThatFailsCostsTheRunAndNotTheProcess) {
  TrainerProcess trainer(kCpu);
  trainer.Send(Run("warm", 3));
  trainer.ReceiveUntil("result");
  rlimit limit{};
  ASSERT_EQ(prlimit(trainer.pid(), RLIMIT_AS, nullptr, &limit), 0);
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = AddressSpace(trainer.pid()) + (rlim_t{200} << 20);
  ASSERT_EQ(prlimit(trainer.pid(), RLIMIT_AS, &limit, nullptr), 0);
  json run = Run("large", 3);  // 67M parameters: 268 MB for each buffer
  run["shape"]["width"] = 2048;
  run["shape"]["ffn_width"] = 8192;
  trainer.Send(run);
  const json result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("outcome"), "out_of_memory") << result.dump();
  EXPECT_FALSE(result.at("error").get<std::string>().empty());
  limit.rlim_cur = before;
  ASSERT_EQ(prlimit(trainer.pid(), RLIMIT_AS, &limit, nullptr), 0);
  trainer.Send(Run("good", 3));
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "succeeded");
  EXPECT_EQ(trainer.Wait(), 0);
}

// The max that a process ever had of it.
rlim_t MaxAddressSpace(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; file >> word;) {
    rlim_t kibibytes = 0;
    if (word == "VmPeak:" && file >> kibibytes) return kibibytes << 10;
  }
  return 0;
}

TEST_F(ProgramMemoryTest, ReplicasThatDoNotFitTrainOneAfterAnother) {
  constexpr int kReplicas = 16;
  TrainerProcess trainer(kCpu);
  json run = Run("alone", 2);  // 67 MB of weights and optimizer
  run["shape"]["width"] = 512;
  run["shape"]["ffn_width"] = 2048;
  trainer.Send(run);
  const json alone = trainer.ReceiveUntil("result");
  ASSERT_EQ(alone.at("outcome"), "succeeded") << alone.dump();
  rlimit limit{};
  ASSERT_EQ(prlimit(trainer.pid(), RLIMIT_AS, nullptr, &limit), 0);
  // The limit is set from the address space in use, as the trainer does not
  // give back all memory that it has freed.
  limit.rlim_cur = MaxAddressSpace(trainer.pid()) + (rlim_t{300} << 20);
  ASSERT_EQ(prlimit(trainer.pid(), RLIMIT_AS, &limit, nullptr), 0);
  run.erase("run");
  run["replicas"] = json::array();
  for (int i = 0; i < kReplicas; ++i) {
    run["replicas"].push_back({{"run", std::to_string(i)}});
  }
  trainer.Send(run);
  for (int i = 2; i < kReplicas; ++i) {  // two are enough
    trainer.Send({{"type", "stop"}, {"run", std::to_string(i)}});
  }
  for (int i = 0; i < kReplicas; ++i) {
    const json result = trainer.ReceiveUntil("result");
    EXPECT_EQ(result.at("run"), std::to_string(i));
    if (i >= 2) {
      EXPECT_EQ(result.at("outcome"), "stopped");
      continue;
    }
    ASSERT_EQ(result.at("outcome"), "succeeded") << result.dump();
    EXPECT_EQ(result.at("shape_card").at("replicas"), 1);
    EXPECT_EQ(result.at("shape_card").at("validation_loss"),
              alone.at("shape_card").at("validation_loss"));
  }
  EXPECT_EQ(trainer.Wait(), 0);
  EXPECT_THAT(trainer.errors(), HasSubstr("no memory for 16 replicas"));
}

}  // namespace
}  // namespace isoshape
