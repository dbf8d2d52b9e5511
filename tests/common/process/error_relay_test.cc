#include "common/process/error_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "absl/strings/numbers.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

// What comes out at our standard error of what a child writes to its own.
std::string Relayed(const std::string& text) {
  const TempFolder folder;
  const std::string path = folder.File("errors");
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  const int before = dup(STDERR_FILENO);
  dup2(file, STDERR_FILENO);
  int pipes[2];
  EXPECT_EQ(pipe(pipes), 0);
  {
    ErrorRelay relay(pipes[0]);
    for (size_t at = 0; at < text.size();) {
      const ssize_t count = write(pipes[1], text.data() + at, text.size() - at);
      if (count <= 0) break;
      at += static_cast<size_t>(count);
    }
    close(pipes[1]);
    relay.LastLine(absl::Seconds(60));
  }
  dup2(before, STDERR_FILENO);
  close(before);
  close(file);
  return ReadFile(path);
}

TEST(ErrorRelayTest, WhatIsUsualComesAsItIs) {
  const std::string text = "loading\nready\n";
  EXPECT_EQ(Relayed(text), text);
}

// However long the machine takes for it: what came and what was left out are
// all that was written.
TEST(ErrorRelayTest, OfAFloodItIsToldHowMuchWasLeftOut) {
  constexpr size_t kBytes = 16 << 20;
  const std::string all = Relayed(std::string(kBytes, 'x'));
  size_t passed = 0;
  for (const char c : all) passed += c == 'x' ? 1 : 0;
  EXPECT_GE(passed, ErrorRelay::kBytesASecond);
  size_t left_out = 0;
  for (size_t at = all.find("\n("); at != std::string::npos;
       at = all.find("\n(", at + 1)) {
    size_t count = 0;
    EXPECT_TRUE(absl::SimpleAtoi(all.substr(at + 2, all.find(' ', at) - at - 2),
                                 &count));
    left_out += count;
  }
  EXPECT_GT(left_out, 0);
  EXPECT_EQ(passed + left_out, kBytes);
}

}  // namespace
}  // namespace isoshape
