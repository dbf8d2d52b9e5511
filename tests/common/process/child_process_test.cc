#include "common/process/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// Longer than anything here takes, also on a busy machine.
constexpr absl::Duration kPatience = absl::Seconds(60);

class ChildProcessTest : public ::testing::Test {
 protected:
  ChildProcessTest() { signal(SIGPIPE, SIG_IGN); }

  static std::unique_ptr<ChildProcess> Shell(const std::string& script,
                                             ChildCommand command = {}) {
    command.arguments = {"/bin/sh", "-c", script};
    auto child = ChildProcess::Start(command);
    EXPECT_TRUE(child.ok()) << child.status();
    return *std::move(child);
  }

  static ChildCommand Command(const std::string& program) {
    ChildCommand command;
    command.arguments = {program};
    return command;
  }

  static std::string LineOf(ChildProcess& child) {
    const auto line = child.ReadLine(kPatience);
    EXPECT_TRUE(line.ok()) << line.status();
    return line.value().value_or("no line");
  }
};

TEST_F(ChildProcessTest, AnswersLineByLineUntilItsInputEnds) {
  const auto child = ChildProcess::Start(Command("/bin/cat"));
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_TRUE((*child)->WriteLine("a").ok());
  EXPECT_EQ(LineOf(**child), "a");
  EXPECT_TRUE((*child)->WriteLine("b\nc").ok());
  EXPECT_EQ(LineOf(**child), "b");
  EXPECT_EQ(LineOf(**child), "c");
  EXPECT_TRUE((*child)->Running());
  EXPECT_EQ((*child)->Ending(), "still running");
  (*child)->CloseInput();
  EXPECT_EQ((*child)->WriteLine("d").code(), absl::StatusCode::kAborted);
  EXPECT_TRUE((*child)->WaitForEnd(kPatience));
  EXPECT_EQ((*child)->Ending(), "exit code 0");
}

TEST_F(ChildProcessTest, TheEndOfItsOutputComesWithItsExitCode) {
  const auto child = Shell("echo last; exit 3");
  EXPECT_EQ(LineOf(*child), "last");
  const auto end = child->ReadLine(kPatience);
  EXPECT_EQ(end.status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(end.status().message()), HasSubstr("exit code 3"));
  EXPECT_FALSE(child->Running());
}

TEST_F(ChildProcessTest, TheSignalThatEndedItIsNamed) {
  const auto child = Shell("kill -KILL $$");
  const auto end = child->ReadLine(kPatience);
  EXPECT_EQ(end.status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(end.status().message()),
              HasSubstr("signal 9 (Killed)"));
}

TEST_F(ChildProcessTest, NoLineInTimeIsNoError) {
  const auto child = Shell("read line");
  const auto line = child->ReadLine(absl::Milliseconds(1));
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(*line, std::nullopt);
  EXPECT_FALSE(child->WaitForEnd(absl::Milliseconds(1)));
  EXPECT_TRUE(child->Running());
}

TEST_F(ChildProcessTest, StopsByTheTerminationSignal) {
  const auto child = Shell("echo ready; read line");
  EXPECT_EQ(LineOf(*child), "ready");
  child->Stop(kPatience);
  EXPECT_EQ(child->Ending(), "signal 15 (Terminated)");
}

TEST_F(ChildProcessTest, StopsByKillingWhenItsPatienceIsOver) {
  const auto child = Shell("trap '' TERM; echo ready; read line");
  EXPECT_EQ(LineOf(*child), "ready");
  child->Stop(absl::Milliseconds(20));
  EXPECT_EQ(child->Ending(), "signal 9 (Killed)");
}

TEST_F(ChildProcessTest, WhatAChildLeavesBehindIsKilledWithIt) {
  const auto child = Shell("sleep 1000 & exit 0");
  ASSERT_TRUE(child->WaitForEnd(kPatience));
  // Until `sleep` is gone it holds the output open.
  EXPECT_EQ(child->ReadLine(kPatience).status().code(),
            absl::StatusCode::kAborted);
}

TEST_F(ChildProcessTest, WritingToOneThatHasEndedSaysHowItEnded) {
  const auto child = Shell("exit 4");
  ASSERT_TRUE(child->WaitForEnd(kPatience));
  const absl::Status status = child->WriteLine("x");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("exit code 4"));
}

TEST_F(ChildProcessTest, ALineWithoutEndIsRefused) {
  const auto child = Shell("cat /dev/zero");
  const auto line = child->ReadLine(kPatience);
  EXPECT_EQ(line.status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(ChildProcessTest, ItsEnvironmentIsOursWithTheAdditions) {
  setenv("ISOSHAPE_TEST_KEPT", "kept", 1);
  setenv("ISOSHAPE_TEST_CHANGED", "old", 1);
  ChildCommand command;
  command.environment = {"ISOSHAPE_TEST_CHANGED=new",
                         "ISOSHAPE_TEST_NEW=added"};
  const auto child = Shell(
      "echo $ISOSHAPE_TEST_KEPT $ISOSHAPE_TEST_CHANGED $ISOSHAPE_TEST_NEW",
      command);
  EXPECT_EQ(LineOf(*child), "kept new added");
}

TEST_F(ChildProcessTest, ErrorsAreAppendedToTheLog) {
  const TempFolder folder;
  const std::string log = folder.File("child.log");
  ChildCommand command;
  command.error_log = log;
  for (const char* word : {"first", "second"}) {
    const auto child = Shell(absl::StrCat("echo ", word, " >&2"), command);
    ASSERT_TRUE(child->WaitForEnd(kPatience));
  }
  EXPECT_EQ(ReadFile(log), "first\nsecond\n");
}

TEST_F(ChildProcessTest, TheLastLineOfRelayedErrorsIsToldWithTheEnd) {
  ChildCommand command;
  command.relay_error = true;
  for (const char* script :
       {"read line; echo Traceback >&2; echo 'ValueError: my bug' >&2; exit 1",
        "read line; echo Traceback >&2; printf 'ValueError: my bug' >&2; "
        "exit 1",
        "read line; printf 'ValueError: my bug\\n\\n \\n' >&2; exit 1"}) {
    const auto child = Shell(script, command);
    EXPECT_EQ(child->LastErrorLine(), "");
    ASSERT_TRUE(child->WriteLine("go").ok());
    const auto end = child->ReadLine(kPatience);
    EXPECT_EQ(end.status().code(), absl::StatusCode::kAborted);
    EXPECT_EQ(end.status().message(),
              "it ended by exit code 1; the last line of its standard error: "
              "ValueError: my bug");
  }
}

// More than a pipe holds: a child whose errors nobody reads would hang.
TEST_F(ChildProcessTest, AChildThatWritesManyErrorsDoesNotWait) {
  ChildCommand command;
  command.relay_error = true;
  const int kept = dup(STDERR_FILENO);  // they go where ours go
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDERR_FILENO);
  const auto child =
      Shell("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo done", command);
  EXPECT_EQ(LineOf(*child), "done");
  EXPECT_TRUE(child->WaitForEnd(kPatience));
  dup2(kept, STDERR_FILENO);
  close(kept);
  close(nowhere);
}

TEST_F(ChildProcessTest, WhatCannotBeStartedSaysWhy) {
  const auto missing = ChildProcess::Start(Command("/no/such/program"));
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()),
              HasSubstr("/no/such/program: No such file"));
  ChildCommand command = Command("/bin/true");
  command.error_log = "/no/such/folder/log";
  const auto log = ChildProcess::Start(command);
  EXPECT_EQ(log.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(log.status().message()),
              HasSubstr("/no/such/folder/log"));
}

TEST_F(ChildProcessTest, ExchangesBytesThatAreNoLines) {
  // More than both pipes hold, so that neither side may wait for the other.
  std::string input(1 << 20, 'x');
  input[70000] = '\0';
  const auto child = Shell("cat");
  const auto output = child->Exchange(input, input.size(), kPatience);
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(*output, input);
}

TEST_F(ChildProcessTest, AnExchangeIsBoundedInBytesAndTime) {
  EXPECT_TRUE(absl::IsOutOfRange(
      Shell("yes")->Exchange("", 100000, kPatience).status()));
  const auto hangs = Shell("exec sleep 1000");
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      hangs->Exchange("", 100, absl::Milliseconds(50)).status()));
  EXPECT_FALSE(hangs->Running());
}

TEST_F(ChildProcessTest, AnExchangeTellsWhyItFailed) {
  signal(SIGPIPE, SIG_DFL);  // would end this test
  ChildCommand command;
  command.relay_error = true;
  command.quiet_error = true;
  const auto child = Shell("echo 'no memory' >&2; exit 3", command);
  const absl::Status status =
      child->Exchange(std::string(1 << 20, 'x'), 100, kPatience).status();
  EXPECT_TRUE(absl::IsAborted(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("exit code 3"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no memory"));
}

TEST_F(ChildProcessTest, MemoryIsLimited) {
  ChildCommand command;
  command.max_memory_bytes = size_t{64} << 20;
  const auto child = Shell("ulimit -v", command);
  const auto kilobytes = child->Exchange("", 100, kPatience);
  ASSERT_TRUE(kilobytes.ok()) << kilobytes.status();
  EXPECT_EQ(*kilobytes, "65536\n");
}

}  // namespace
}  // namespace isoshape
