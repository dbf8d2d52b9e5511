#include "common/console/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

#include "tests/scoped_variable.h"

namespace isoshape {
namespace {

class TerminalColumnsTest : public testing::Test {
 protected:
  ~TerminalColumnsTest() override { close(terminal_); }

  void Resize(uint16_t columns) const {
    const winsize size = {
        .ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(ioctl(terminal_, TIOCSWINSZ, &size), 0);
  }

  const ScopedVariable columns_{"COLUMNS", ""};
  const int terminal_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
};

TEST_F(TerminalColumnsTest, AreThoseOfTheTerminalUnlessColumnsSaysOthers) {
  ASSERT_GE(terminal_, 0);
  Resize(213);
  EXPECT_EQ(TerminalColumns(terminal_), 213u);
  const ScopedVariable asked("COLUMNS", "50");
  EXPECT_EQ(TerminalColumns(terminal_), 50u);
  // A window that was made smaller since a shell said it.
  Resize(30);
  EXPECT_EQ(TerminalColumns(terminal_), 30u);
}

TEST_F(TerminalColumnsTest, ATerminalThatDoesNotKnowIsAsWideAsColumnsSays) {
  ASSERT_GE(terminal_, 0);
  Resize(0);
  EXPECT_EQ(TerminalColumns(terminal_), std::nullopt);
  for (const char* const nothing : {"0", "-80", "wide"}) {
    const ScopedVariable asked("COLUMNS", nothing);
    EXPECT_EQ(TerminalColumns(terminal_), std::nullopt) << nothing;
  }
  const ScopedVariable asked("COLUMNS", "132");
  EXPECT_EQ(TerminalColumns(terminal_), 132u);
}

TEST_F(TerminalColumnsTest, WhatIsNoTerminalHasNone) {
  int ends[2] = {};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const ScopedVariable asked("COLUMNS", "40");
  EXPECT_EQ(TerminalColumns(ends[1]), std::nullopt);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace isoshape
