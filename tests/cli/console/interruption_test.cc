#include "cli/console/interruption.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "common/threads/cancellation.h"

namespace isoshape {
namespace {

class InterruptionTest : public testing::TestWithParam<int> {};

// Those by which people and batch queues ask a program to end.
INSTANTIATE_TEST_SUITE_P(EndingSignals, InterruptionTest,
                         testing::Values(SIGINT, SIGTERM, SIGHUP, SIGUSR1,
                                         SIGUSR2));

TEST_P(InterruptionTest, CatchesWhatAsksAProgramToEnd) {
  // A handler of before is there again afterwards.
  static int before = 0;
  before = 0;
  const sighandler_t old = signal(
      GetParam(), +[](int /*signal*/) { ++before; });
  {
    Cancellation computation;
    const Interruption interruption(&computation);
    EXPECT_FALSE(Interruption::Seen());
    raise(GetParam());
    EXPECT_TRUE(Interruption::Seen());
    EXPECT_TRUE(computation.cancelled());
    EXPECT_EQ(before, 0);
  }
  EXPECT_FALSE(Interruption::Installed());
  raise(GetParam());
  EXPECT_EQ(before, 1);
  signal(GetParam(), old);
}

TEST(InterruptionNohupTest, ATerminalThatClosesIsNoneIfThatIsIgnored) {
  const sighandler_t old = signal(SIGHUP, SIG_IGN);
  {
    const Interruption interruption;
    raise(SIGHUP);
    EXPECT_FALSE(Interruption::Seen());
  }
  EXPECT_EQ(signal(SIGHUP, old), SIG_IGN);
}

}  // namespace
}  // namespace isoshape
