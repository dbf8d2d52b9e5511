// isoshape-trainer --processes 2: runs that two processes share.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "tests/trainer/trainer_process.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class ProcessesTest : public testing::Test {
 protected:
  ProcessesTest() : text_(folder_.Write("text", SomeText(60000, 1))) {}

  static std::vector<std::string> Flags(int processes) {
    return {"--device=cpu", "--threads=1",
            "--processes=" + std::to_string(processes)};
  }
  json Run(int64_t tokens_per_step) const {
    return {{"type", "run"},
            {"run", "r"},
            {"shape",
             {{"depth", 2},
              {"width", 16},
              {"head_dim", 8},
              {"ffn_width", 40},
              {"vocab", 256},
              {"context", 16}}},
            {"recipe", {{"learning_rate", 0.01}}},
            {"data", {{"path", text_}}},
            {"steps", 30},
            {"tokens_per_step", tokens_per_step},
            {"seed", 3},
            {"report_seconds", 0}};
  }
  // What a trainer of so many processes says of a run: its losses, then the
  // result.
  static json Train(const json& run, int processes,
                    std::vector<double>* losses) {
    TrainerProcess trainer(Flags(processes));
    trainer.Send(run);
    for (json line = trainer.Receive();; line = trainer.Receive()) {
      if (line.at("type") == "result") return line;
      if (line.at("type") != "measurement") continue;
      losses->push_back(line.at("measurement").at("train_loss"));
    }
  }

  TempFolder folder_;
  const std::string text_;
};

TEST_F(ProcessesTest, LossesAreThoseOfOneProcessWithTheWholeBatch) {
  std::vector<json> runs = {Run(128), Run(128), Run(128), Run(128)};
  runs[1]["shape"]["qk_norm"] = true;
  runs[1]["recipe"]["optimizer"] = "muon";
  runs[2]["shape"]["objective"] = "masked";
  runs[2]["shape"]["vocab"] = 257;
  // Answers alone count, at other positions in every sequence.
  runs[3]["data"]["path"] = "synthetic:recall,pairs=4";
  for (const json& run : runs) {
    std::vector<double> one, two;
    const json alone = Train(run, 1, &one);
    const json shared = Train(run, 2, &two);
    ASSERT_EQ(shared.at("outcome"), "succeeded") << shared.dump();
    ASSERT_EQ(one.size(), 30u);
    ASSERT_EQ(two.size(), one.size());
    for (size_t i = 0; i < one.size(); ++i) {
      EXPECT_NEAR(two[i], one[i], 1e-3) << "step " << i + 1;
    }
    EXPECT_LT(one.back(), one.front() - 0.5);
    const json& card = shared.at("shape_card");
    EXPECT_NEAR(card.at("validation_loss").get<double>(),
                alone.at("shape_card").at("validation_loss").get<double>(),
                1e-3);
    EXPECT_EQ(card.at("processes"), 2);
    EXPECT_GT(card.at("communication_fraction"), 0);
    EXPECT_LT(card.at("communication_fraction"), 1);
  }
}

TEST_F(ProcessesTest, RefusesABatchThatCannotBeDealtOutAndTakesTheNextRun) {
  TrainerProcess trainer(Flags(2));
  trainer.Send(Run(48));
  const json refused = trainer.ReceiveUntil("result");
  EXPECT_EQ(refused.at("outcome"), "failed");
  EXPECT_THAT(refused.at("error").get<std::string>(),
              HasSubstr("3 sequences of a step"));
  trainer.Send(Run(64));
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "succeeded");
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_F(ProcessesTest, StopsAndTakesTheNextRun) {
  TrainerProcess trainer(Flags(2));
  json run = Run(64);
  run["steps"] = 1000000;
  trainer.Send(run);
  trainer.ReceiveUntil("measurement");
  trainer.Send({{"type", "stop"}, {"run", "r"}});
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "stopped");
  trainer.Send(Run(64));
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "succeeded");
  EXPECT_EQ(trainer.Wait(), 0);
}

// The process that a trainer of two has started.
pid_t OtherOf(const TrainerProcess& trainer) {
  const std::string self = std::to_string(trainer.pid());
  pid_t child = 0;
  std::ifstream("/proc/" + self + "/task/" + self + "/children") >> child;
  return child;
}

// What a trainer says and does that has lost the other process.
void ExpectLost(TrainerProcess& trainer, const std::string& how = "") {
  const json result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("outcome"), "failed");
  EXPECT_THAT(
      result.at("error").get<std::string>(),
      AllOf(HasSubstr("another process of the run has ended"), HasSubstr(how)));
  EXPECT_EQ(trainer.Wait(), 1);
  // LibTorch's lines of the connection that broke are not written.
  std::istringstream errors(trainer.errors());
  for (std::string line; std::getline(errors, line);) {
    EXPECT_THAT(line, StartsWith("isoshape-trainer: "));
  }
}

TEST_F(ProcessesTest, EndsWithOneLineWhereAnotherProcessIsLost) {
  TrainerProcess trainer(Flags(2));
  trainer.ReceiveUntil("ready");
  const pid_t other = OtherOf(trainer);
  ASSERT_GT(other, 0);
  ASSERT_EQ(kill(other, SIGKILL), 0);
  trainer.Send(Run(64));
  ExpectLost(trainer);
}

// The open files of another process, as files of this one.
class FilesOf {
 public:
  explicit FilesOf(pid_t process) {
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
    const std::string folder = "/proc/" + std::to_string(process) + "/fd";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const int theirs = std::stoi(entry.path().filename());
      const long mine = syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
      if (mine >= 0) files_.push_back(static_cast<int>(mine));
    }
    close(pidfd);
  }
  FilesOf(const FilesOf&) = delete;
  FilesOf& operator=(const FilesOf&) = delete;
  ~FilesOf() {
    for (const int file : files_) close(file);
  }

  size_t size() const { return files_.size(); }

 private:
  std::vector<int> files_;
};

// gloo waits for a connection that does not break, and now and then for one
// that did. It takes the trainer two looks, of 5 s each.
TEST_F(ProcessesTest, EndsWhereAnotherProcessIsLostWhoseConnectionsStayOpen) {
  TrainerProcess trainer(Flags(2));
  trainer.ReceiveUntil("ready");
  const pid_t other = OtherOf(trainer);
  ASSERT_GT(other, 0);
  const FilesOf files(other);
  if (files.size() == 0) GTEST_SKIP() << "takes the right to trace a process";
  ASSERT_EQ(kill(other, SIGKILL), 0);
  trainer.Send(Run(64));
  ExpectLost(trainer, "process 1 of 2 was ended by signal 9");
}

}  // namespace
}  // namespace isoshape
