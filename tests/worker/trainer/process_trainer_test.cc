// Trainers in processes of their own: /bin/sh plays them.
#include "worker/trainer/process_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "common/process/child_process.h"
#include "common/threads/clock.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr absl::Duration kPatience = absl::Seconds(30);

class ProcessTrainerTest : public testing::Test {
 protected:
  // A gone trainer is an error of write(), as in the worker's main.
  ProcessTrainerTest() { signal(SIGPIPE, SIG_IGN); }

  // A trainer that says that it is ready and then does `script`.
  ProcessTrainer Ready(const std::string& script) {
    return Playing(R"(echo '{"type":"ready","protocol":1,"device":"cpu"}'; )" +
                   script);
  }
  static ChildCommand Command(const std::vector<std::string>& arguments) {
    ChildCommand command;
    command.arguments = arguments;
    return command;
  }
  ProcessTrainer Playing(const std::string& script) {
    return ProcessTrainer(Command({"/bin/sh", "-c", script}), &clock_);
  }
  // Its next line; it must have one.
  static TrainerLine Line(ProcessTrainer& trainer) {
    auto line = trainer.Next(kPatience);
    EXPECT_TRUE(line.ok()) << line.status();
    EXPECT_TRUE(line.ok() && line->has_value());
    return line.ok() && line->has_value() ? **line : TrainerLine();
  }

  FakeClock clock_;
  v1::Lease lease_;
};

TEST_F(ProcessTrainerTest, TakesOneRunAfterAnother) {
  // Answers every line with a result named by the number of the line.
  ProcessTrainer trainer =
      Ready(R"(n=0; while read -r line; do n=$((n + 1)); )"
            R"(echo "{\"type\":\"heartbeat\",\"run\":\"$n\"}"; done)");
  ASSERT_TRUE(trainer.Start().ok());
  EXPECT_FALSE(trainer.ready());
  EXPECT_EQ(Line(trainer).type, TrainerLine::Type::kReady);
  EXPECT_TRUE(trainer.ready());
  for (const char* number : {"1", "2"}) {
    ASSERT_TRUE(trainer.BeginRuns({{"r", lease_, ""}}, "/data").ok());
    EXPECT_EQ(Line(trainer).run, number);
  }
  trainer.Finish(kPatience);
}

TEST_F(ProcessTrainerTest, SilenceBeginsAnewWithALineAndWithARun) {
  ProcessTrainer trainer = Ready("read -r line");
  ASSERT_TRUE(trainer.Start().ok());
  clock_.Advance(absl::Seconds(7));
  EXPECT_EQ(trainer.Silence(), absl::Seconds(7));
  Line(trainer);
  EXPECT_EQ(trainer.Silence(), absl::ZeroDuration());
  clock_.Advance(absl::Seconds(7));
  ASSERT_TRUE(trainer.BeginRuns({{"r", lease_, ""}}, "/data").ok());
  EXPECT_EQ(trainer.Silence(), absl::ZeroDuration());
}

TEST_F(ProcessTrainerTest, TheEndOfATrainerIsToldWithItsExitCode) {
  ProcessTrainer trainer = Ready("exit 3");
  ASSERT_TRUE(trainer.Start().ok());
  Line(trainer);
  const auto line = trainer.Next(kPatience);
  EXPECT_EQ(line.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(line.status().message(), "it ended by exit code 3");
}

TEST_F(ProcessTrainerTest, ALineThatIsNotOfTheProtocolMeansALostTrainer) {
  ProcessTrainer trainer = Playing("echo Loading weights...; read -r line");
  ASSERT_TRUE(trainer.Start().ok());
  const auto line = trainer.Next(kPatience);
  EXPECT_EQ(line.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(line.status().message()),
              HasSubstr("Loading weights..."));
}

TEST_F(ProcessTrainerTest, AProgramThatIsNotThereIsSaidToBeMissing) {
  ProcessTrainer trainer(Command({"/no/such/trainer"}), &clock_);
  const absl::Status status = trainer.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              StartsWith("cannot run /no/such/trainer: "));
}

TEST_F(ProcessTrainerTest, AnAbandonedTrainerIsReplacedByAnother) {
  ProcessTrainer trainer = Ready("read -r line");
  ASSERT_TRUE(trainer.Start().ok());
  Line(trainer);
  trainer.Abandon();
  ASSERT_TRUE(trainer.Start().ok());
  EXPECT_FALSE(trainer.ready());
  Line(trainer);
  EXPECT_TRUE(trainer.ready());
}

TEST_F(ProcessTrainerTest, OneThatIgnoresSigtermIsKilledAfterTenSeconds) {
  ProcessTrainer trainer = Playing(
      R"(trap '' TERM; echo '{"type":"heartbeat","run":""}'; exec sleep 3600)");
  ASSERT_TRUE(trainer.Start().ok());
  Line(trainer);
  trainer.Abandon();
  clock_.Advance(absl::Seconds(10));
  EXPECT_FALSE(trainer.Poll());
  // Waits by the injected clock, and so in no time.
  const absl::Time before = clock_.Now();
  ASSERT_TRUE(trainer.Start().ok());
  EXPECT_GT(clock_.Now(), before);
  Line(trainer);
}

}  // namespace
}  // namespace isoshape
