#include "common/process/ending_signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "absl/time/clock.h"

namespace isoshape {
namespace {

class EndingSignalsTest : public testing::Test {
 protected:
  EndingSignalsTest() { pthread_sigmask(SIG_SETMASK, nullptr, &mask_); }
  ~EndingSignalsTest() override {
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    signal(SIGHUP, hangup_);
    signal(SIGPIPE, pipe_);
  }

 private:
  sigset_t mask_;
  const sighandler_t hangup_ = signal(SIGHUP, SIG_DFL);
  const sighandler_t pipe_ = signal(SIGPIPE, SIG_DFL);
};

TEST_F(EndingSignalsTest, AreBlockedAndABrokenPipeIsIgnored) {
  const sigset_t signals = BlockEndingSignals();
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
    EXPECT_EQ(sigismember(&signals, number), 1) << number;
    EXPECT_EQ(sigismember(&blocked, number), 1) << number;
  }
  EXPECT_EQ(signal(SIGPIPE, SIG_DFL), SIG_IGN);
}

TEST_F(EndingSignalsTest, ASignalThatComesEndsAComputationAndStays) {
  const sigset_t signals = BlockEndingSignals();
  Cancellation computation;
  const EndingSignalWatch watch(signals, &computation);
  EXPECT_FALSE(computation.cancelled());
  kill(getpid(), SIGUSR2);
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (!computation.cancelled() && absl::Now() < end) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(computation.cancelled());
  const timespec at_once = {};
  EXPECT_EQ(sigtimedwait(&signals, nullptr, &at_once), SIGUSR2);
}

TEST_F(EndingSignalsTest, NohupOutlivesItsTerminal) {
  signal(SIGHUP, SIG_IGN);
  const sigset_t signals = BlockEndingSignals();
  EXPECT_EQ(sigismember(&signals, SIGHUP), 0);
  EXPECT_EQ(sigismember(&signals, SIGTERM), 1);
}

}  // namespace
}  // namespace isoshape
