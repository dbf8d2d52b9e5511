#include "common/process/error_output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// Reads until it has seen `end`.
std::string ReadUntil(int fd, const std::string& end) {
  std::string text;
  while (text.find(end) == std::string::npos) {
    char bytes[4096];
    const ssize_t count = read(fd, bytes, sizeof bytes);
    if (count <= 0) break;
    text.append(bytes, static_cast<size_t>(count));
  }
  return text;
}

// A pipe and a pair of sockets (as journald gives it), of which nobody reads.
class ErrorOutputTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ASSERT_EQ(
        GetParam() ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) : pipe(ends_),
        0);
  }
  void TearDown() override {
    if (ends_[0] >= 0) close(ends_[0]);
    close(ends_[1]);
  }
  static std::string Numbered(int line) {
    return absl::StrCat("line ", line, " ", std::string(90, '.'), "\n");
  }
  int ends_[2] = {-1, -1};  // to read from, to write to
};

TEST_P(ErrorOutputTest, NobodyWaitsForWhoDoesNotReadAndTheNewestIsKept) {
  ErrorOutput output(ends_[1]);
  // Much more than the pipe and the memory take.
  const int lines = static_cast<int>(3 * ErrorOutput::kMaxKept / 100);
  for (int line = 1; line <= lines; ++line) output.Write(Numbered(line));
  const std::string text = ReadUntil(ends_[0], absl::StrCat("line ", lines));
  // Each line was written, or is counted as left out.
  int seen = 0;
  int left_out = 0;
  const std::vector<std::string> all = absl::StrSplit(text, '\n');
  for (const std::string& line : all) {
    if (line.starts_with("line ")) ++seen;
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (!absl::StrContains(line, "left out here")) continue;
    int number = 0;
    EXPECT_TRUE(absl::SimpleAtoi(words[2], &number)) << line;
    left_out += number;
  }
  EXPECT_GT(left_out, 0);
  EXPECT_EQ(seen + left_out, lines);
  EXPECT_THAT(text, HasSubstr(Numbered(1)));
  EXPECT_THAT(text, HasSubstr(Numbered(lines - 1)));
}

TEST_P(ErrorOutputTest, WritesAtOnceIfThereIsRoom) {
  ErrorOutput output(ends_[1]);
  output.Write("first\n");
  pollfd ready = {ends_[0], POLLIN, 0};
  EXPECT_EQ(poll(&ready, 1, 0), 1);
  EXPECT_TRUE(output.Flush(absl::ZeroDuration()));
  EXPECT_EQ(ReadUntil(ends_[0], "\n"), "first\n");
}

TEST_P(ErrorOutputTest, TheDescriptorOfOthersStaysAsItWas) {
  ErrorOutput output(ends_[1]);
  output.Write("first\n");
  EXPECT_EQ(fcntl(ends_[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST_P(ErrorOutputTest, WhatNobodyWillReadIsForgotten) {
  signal(SIGPIPE, SIG_IGN);
  ErrorOutput output(ends_[1]);
  for (int line = 1; line <= 10000; ++line) output.Write(Numbered(line));
  EXPECT_FALSE(output.Flush(absl::ZeroDuration()));
  close(ends_[0]);
  ends_[0] = -1;
  EXPECT_TRUE(output.Flush(absl::Seconds(30)));
  signal(SIGPIPE, SIG_DFL);
}

INSTANTIATE_TEST_SUITE_P(All, ErrorOutputTest, testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "Sockets" : "Pipe";
                         });

}  // namespace
}  // namespace isoshape
