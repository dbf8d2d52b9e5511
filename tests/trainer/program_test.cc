// Runs isoshape-trainer as a worker does: JSON lines in, JSON lines out.
// program_memory_test.cc has what it does about memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/trainer/program_fixture.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Expects the output, the errors and the exit code of a program that gets no
// run.
void ExpectExit(const std::vector<std::string>& arguments, int code,
                const std::string& output, const std::string& error) {
  TrainerProcess trainer(arguments);
  EXPECT_EQ(trainer.Wait(), code);
  EXPECT_THAT(trainer.output(), StartsWith(output));
  EXPECT_THAT(trainer.errors(), HasSubstr(error));
}

TEST_F(ProgramTest, SaysHowItIsUsedAndWhatItIs) {
  ExpectExit({"--help"}, 0, "usage: isoshape-trainer", "");
  ExpectExit({"--version"}, 0, "isoshape-trainer ", "");
}

TEST_F(ProgramTest, WrongUseEndsWithTwoAndOneLine) {
  ExpectExit({"--gpu"}, 2, "", "isoshape-trainer: unknown argument '--gpu'");
  ExpectExit({"--device", "tpu"}, 2, "", "'tpu' is none of auto, cpu, cuda");
  ExpectExit({"--threads", "many"}, 2, "", "--threads 'many'");
}

TEST_F(ProgramTest, KernelsThatTheProcessorLacksEndItAtItsStart) {
  TrainerProcess trainer(kCpu, {"ISOSHAPE_KERNELS=sse9"});
  EXPECT_EQ(trainer.Wait(), 2);
  EXPECT_THAT(trainer.output(), testing::IsEmpty());
  EXPECT_THAT(trainer.errors(),
              HasSubstr("ISOSHAPE_KERNELS is 'sse9', which this processor does "
                        "not have; unset it, or name one of baseline"));
}

TEST_F(ProgramTest, ReplicasAnswerUnderTheirOwnNames) {
  TrainerProcess trainer(kCpu);
  json line = Run("", 20);
  line["replicas"] = {{{"run", "a"}, {"seed", 1}},
                      {{"run", "b"}, {"seed", 2}},
                      {{"run", "c"}, {"seed", 1}}};
  trainer.Send(line);
  std::map<std::string, json> results;
  std::map<std::string, int64_t> last_steps;
  while (results.size() < 3) {
    const json answer = trainer.Receive();
    if (answer.at("type") == "measurement") {
      last_steps[answer.at("run")] = answer.at("measurement").at("step");
    } else if (answer.at("type") == "result") {
      results[answer.at("run")] = answer;
    }
  }
  for (const char* run : {"a", "b", "c"}) {
    ASSERT_TRUE(results.count(run)) << run;
    EXPECT_EQ(results[run].at("outcome"), "succeeded");
    EXPECT_EQ(results[run].at("shape_card").at("replicas"), 3);
    EXPECT_EQ(last_steps[run], 20);
  }
  const auto loss = [&](const char* run) {
    return results[run].at("shape_card").at("validation_loss").get<double>();
  };
  EXPECT_NEAR(loss("a"), loss("c"), 1e-4);
  EXPECT_NE(loss("a"), loss("b"));

  // A replica is stopped by its name.
  line = Run("", 1000000);
  line["replicas"] = {{{"run", "d"}}, {{"run", "e"}, {"seed", 2}}};
  trainer.Send(line);
  trainer.ReceiveUntil("measurement");
  trainer.Send({{"type", "stop"}, {"run", "e"}});
  json result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("run"), "e");
  EXPECT_EQ(result.at("outcome"), "stopped");
  EXPECT_EQ(trainer.ReceiveUntil("measurement").at("run"), "d");

  // A fault of one replica is reported for all of them.
  trainer.Send({{"type", "stop"}, {"run", "d"}});
  EXPECT_EQ(trainer.ReceiveUntil("result").at("run"), "d");
  line["replicas"][1]["steps"] = 5;
  trainer.Send(line);
  for (const char* run : {"d", "e"}) {
    result = trainer.ReceiveUntil("result");
    EXPECT_EQ(result.at("run"), run);
    EXPECT_EQ(result.at("outcome"), "failed");
    EXPECT_THAT(result.at("error").get<std::string>(), HasSubstr("steps 5"));
  }
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_F(ProgramTest, TrainsOneRunAfterAnotherAndEndsWithItsInput) {
  TrainerProcess trainer(kCpu);
  const json ready = trainer.Receive();
  EXPECT_EQ(ready.at("type"), "ready");
  EXPECT_EQ(ready.at("protocol"), 1);
  EXPECT_EQ(ready.at("device"), "cpu");
  EXPECT_EQ(ready.at("branches"), true);
  EXPECT_EQ(ready.at("replicas"), true);
  EXPECT_GT(ready.at("memory_limit_bytes").get<int64_t>(), 0);
  trainer.Send(Run("first", 20));
  trainer.Send(Run("second", 20));
  json losses;
  for (const char* run : {"first", "second"}) {
    const json started = trainer.Receive();
    EXPECT_EQ(started.at("type"), "started");
    EXPECT_EQ(started.at("run"), run);
    EXPECT_EQ(started.at("steps"), 20);
    EXPECT_GT(started.at("parameters").get<int64_t>(), 0);
    EXPECT_EQ(started.at("start_step"), 0);
    int64_t last_step = 0;
    json line = trainer.Receive();
    for (; line.at("type") == "measurement"; line = trainer.Receive()) {
      EXPECT_EQ(line.at("run"), run);
      EXPECT_GT(line.at("measurement").at("step"), last_step);
      last_step = line.at("measurement").at("step");
    }
    EXPECT_EQ(last_step, 20);
    EXPECT_EQ(line.at("type"), "result");
    EXPECT_EQ(line.at("run"), run);
    EXPECT_EQ(line.at("outcome"), "succeeded");
    EXPECT_FALSE(line.contains("error"));
    const json& card = line.at("shape_card");
    EXPECT_EQ(card.at("data_fingerprint"), started.at("data_fingerprint"));
    losses.push_back(card.at("validation_loss"));
    EXPECT_GT(card.at("forward_seconds"), 0);
    EXPECT_GT(card.at("model_flops_utilization"), 0);
    EXPECT_EQ(card.at("layer_gradient_norms").size(), 1u);
    EXPECT_EQ(card.at("gradient_path_ratio"), 1);  // of one block
    EXPECT_FALSE(card.contains("energy_joules"));
  }
  EXPECT_EQ(losses[0], losses[1]);  // of the same seed, to the bit
  EXPECT_EQ(trainer.Wait(), 0);
  EXPECT_EQ(trainer.output(), "");
  EXPECT_EQ(trainer.errors(), "");
}

TEST_F(ProgramTest, TellsOfRubbishAndLivesOn) {
  TrainerProcess trainer(kCpu);
  trainer.SendText("what is this");
  trainer.SendText("{\"type\":\"dance\"}");
  trainer.SendText("[1, 2]");
  trainer.SendText(std::string("\xff\xfe{"));
  trainer.SendText("");
  trainer.SendText("{\"type\":\"stop\",\"run\":\"nobody\"}");
  trainer.Send(Run("good", 3));
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "succeeded");
  EXPECT_EQ(trainer.Wait(), 0);
  EXPECT_THAT(trainer.errors(), HasSubstr("not understood: what is this"));
  EXPECT_THAT(trainer.errors(), HasSubstr("dance"));
  EXPECT_THAT(trainer.errors(), HasSubstr("[1, 2]"));
}

TEST_F(ProgramTest, ImpossibleRunsFailByNameAndTheNextOneTrains) {
  TrainerProcess trainer(kCpu);
  trainer.Send(json{{"type", "run"}, {"run", 7}});
  json result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("run"), "7");
  EXPECT_EQ(result.at("outcome"), "failed");
  EXPECT_THAT(result.at("error"), HasSubstr("run 7 is not text"));

  json run = Run("narrow", 3);
  run["shape"]["width"] = 17;
  trainer.Send(run);
  result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("run"), "narrow");
  EXPECT_EQ(result.at("outcome"), "failed");
  EXPECT_THAT(result.at("error"), HasSubstr("width 17"));
  EXPECT_EQ(result.at("fault"), "trial");

  run = Run("nowhere", 3);
  run["data"]["path"] = "/no/such/text";
  trainer.Send(run);
  result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("outcome"), "failed");
  EXPECT_THAT(result.at("error"), HasSubstr("/no/such/text"));
  EXPECT_EQ(result.at("fault"), "worker");
  EXPECT_FALSE(result.contains("other_data"));

  run = Run("other", 3);
  run["data_fingerprint"] = "0123456789abcdef";
  trainer.Send(run);
  result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("outcome"), "failed");
  EXPECT_EQ(result.at("fault"), "worker");
  EXPECT_EQ(result.at("other_data"), true);
  EXPECT_THAT(result.at("error"),
              HasSubstr(result.at("data_fingerprint").get<std::string>()));

  trainer.Send(Run("good", 3));
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "succeeded");
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_F(ProgramTest, DataThatWereReplacedBetweenRunsAreReadAnew) {
  TrainerProcess trainer(kCpu);
  const auto card = [&](TrainerProcess& process) {
    process.Send(Run("run", 20));
    const json result = process.ReceiveUntil("result");
    EXPECT_EQ(result.at("outcome"), "succeeded");
    return result.at("shape_card");
  };
  const json before = card(trainer);
  folder_.Write("new", SomeText(100000, 2));
  std::filesystem::rename(folder_.path() + "/new", text_);
  const json after = card(trainer);
  TrainerProcess fresh(kCpu);
  const json expected = card(fresh);
  EXPECT_NE(after.at("data_fingerprint"), before.at("data_fingerprint"));
  for (const char* field : {"data_fingerprint", "validation_loss"}) {
    EXPECT_EQ(after.at(field), expected.at(field)) << field;
  }
  // Gone: the run does not go on with what was read before.
  std::filesystem::remove(text_);
  trainer.Send(Run("gone", 3));
  EXPECT_EQ(trainer.ReceiveUntil("result").at("fault"), "worker");
}

TEST_F(ProgramTest, DivergenceIsAResultWithItsCurve) {
  TrainerProcess trainer(kCpu);
  json run = Run("hot", 1000);
  run["recipe"] = {{"parameterization", "standard"}, {"learning_rate", 1e30}};
  trainer.Send(run);
  trainer.ReceiveUntil("measurement");
  const json result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("outcome"), "diverged");
  EXPECT_THAT(result.at("error"), HasSubstr("smaller learning rate"));
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_F(ProgramTest, AStopOrderEndsTheRunUnderWay) {
  TrainerProcess trainer(kCpu);
  trainer.Send(Run("long", 100000000));
  trainer.ReceiveUntil("measurement");
  trainer.Send(json{{"type", "stop"}, {"run", "another"}});
  trainer.ReceiveUntil("measurement");
  trainer.Send(json{{"type", "stop"}, {"run", "long"}});
  const json result = trainer.ReceiveUntil("result");
  EXPECT_EQ(result.at("run"), "long");
  EXPECT_EQ(result.at("outcome"), "stopped");
  EXPECT_FALSE(result.contains("error"));
  trainer.Send(Run("next", 3));
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "succeeded");
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_F(ProgramTest, RunsThatWaitAtTheEndOfItsInputAreDone) {
  TrainerProcess trainer(kCpu);
  trainer.Send(Run("first", 400));
  trainer.SendText(Run("second", 3).dump());
  trainer.EndInput();
  for (const char* name : {"first", "second"}) {
    const json result = trainer.ReceiveUntil("result");
    EXPECT_EQ(result.at("run"), name);
    EXPECT_EQ(result.at("outcome"), "succeeded");
  }
  EXPECT_EQ(trainer.WaitForEnd(), 0);
}

TEST_F(ProgramTest, TerminationStopsARunAlsoAfterTheEndOfItsInput) {
  TrainerProcess trainer(kCpu);
  trainer.Send(Run("long", 100000000));
  trainer.Send(Run("next", 3));
  trainer.EndInput();
  trainer.ReceiveUntil("measurement");
  kill(trainer.pid(), SIGTERM);
  EXPECT_EQ(trainer.ReceiveUntil("result").at("outcome"), "stopped");
  EXPECT_EQ(trainer.WaitForEnd(), 0);
  EXPECT_THAT(trainer.output(), Not(HasSubstr("next")));
}

// The example of the help, with its text: what people try first.
TEST_F(ProgramTest, TheExampleOfItsHelpTrains) {
  const std::string trainer = ISOSHAPE_TRAINER;
  const auto run = [&](const std::string& command) {
    std::string output;
    // The example is a line for a shell.
    // NOLINTNEXTLINE(bugprone-command-processor)
    FILE* const pipe = popen(command.c_str(), "r");
    char bytes[4096];
    while (const size_t count = fread(bytes, 1, sizeof bytes, pipe)) {
      output.append(bytes, count);
    }
    EXPECT_EQ(pclose(pipe), 0) << command;
    return output;
  };
  const std::string help = run(trainer + " --help");
  const size_t begin = help.find("  echo '");
  const size_t end = help.find("\n\n", begin);
  ASSERT_NE(end, std::string::npos) << help;
  std::string example = help.substr(begin, end - begin);
  example.replace(example.find("isoshape-trainer"), 16, trainer);
  const std::string output =
      run("cd " + folder_.path() + " && cp text corpus.txt && " + example);
  EXPECT_THAT(output, HasSubstr("\"outcome\":\"succeeded\"")) << example;
}

TEST_F(ProgramTest, TerminationEndsItInGoodOrder) {
  TrainerProcess idle(kCpu);
  idle.ReceiveUntil("ready");
  kill(idle.pid(), SIGTERM);
  EXPECT_EQ(idle.WaitForEnd(), 0);
}

TEST_F(ProgramTest, ATerminatedRunResumesFromItsCheckpoint) {
  json run = Run("long", 3000);
  run["report_seconds"] = 0;
  run["checkpoint"] = {{"path", folder_.path() + "/checkpoint"}};
  TrainerProcess first(kCpu);
  first.Send(run);
  first.ReceiveUntil("measurement");
  kill(first.pid(), SIGTERM);
  EXPECT_EQ(first.ReceiveUntil("result").at("outcome"), "stopped");
  EXPECT_EQ(first.WaitForEnd(), 0);
  EXPECT_EQ(first.errors(), "");

  TrainerProcess second(kCpu);
  second.Send(run);
  const json started = second.ReceiveUntil("started");
  EXPECT_GE(started.at("start_step"), 1);
  const json measurement = second.ReceiveUntil("measurement");
  EXPECT_EQ(measurement.at("measurement").at("step"),
            started.at("start_step").get<int64_t>() + 1);
  EXPECT_EQ(second.ReceiveUntil("result").at("outcome"), "succeeded");
}

TEST_F(ProgramTest, ARunCanBeStoppedBeforeItsTurn) {
  TrainerProcess trainer(kCpu);
  trainer.Send(Run("first", 1000000));
  trainer.Send(Run("second", 1000000));
  trainer.Send(Run("third", 3));
  trainer.Send({{"type", "stop"}, {"run", "second"}});
  trainer.Send({{"type", "stop"}, {"run", "first"}});
  for (const auto& [run, outcome] :
       {std::pair{"first", "stopped"}, std::pair{"second", "stopped"},
        std::pair{"third", "succeeded"}}) {
    const json result = trainer.ReceiveUntil("result");
    EXPECT_EQ(result.at("run"), run);
    EXPECT_EQ(result.at("outcome"), outcome);
  }
}

}  // namespace
}  // namespace isoshape
