// The signals and the time that end a worker.
#include "worker/termination.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <utility>

#include "common/threads/clock.h"
#include "tests/worker/captured_log.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

// Signals are sent to this thread, which has them blocked, before it awaits
// them.
class TerminationTest : public RunTest {
 protected:
  TerminationTest() {
    options_.id = "w";
    options_.device = "cpu";
    options_.slots = 1;
    options_.data = {{"text", "/dev/null"}};
  }

  ~TerminationTest() override {
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    signal(SIGHUP, hangup_);
  }

  void Start() {
    agent_ = Agent::Start(options_, &clock_, &coordinator_,
                          [this](const ChildCommand&) {
                            return std::make_unique<FakeTrainer>(&clock_);
                          });
    coordinator_.waits.WaitForNotification();
  }

  // As if not started by nohup, under which it would not be taken.
  const sighandler_t hangup_ = signal(SIGHUP, SIG_DFL);
  const Termination termination_;
  WorkerOptions options_;
  std::unique_ptr<Agent> agent_;
};

TEST_F(TerminationTest, EachOfTheSignalsDrains) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
    FakeLeasingCoordinator coordinator(&clock_);
    const auto agent = Agent::Start(
        options_, &clock_, &coordinator, [this](const ChildCommand&) {
          return std::make_unique<FakeTrainer>(&clock_);
        });
    coordinator.waits.WaitForNotification();
    raise(number);
    termination_.Await(*agent, absl::InfiniteDuration());
    EXPECT_EQ(agent->status(), absl::OkStatus()) << number;
  }
}

TEST_F(TerminationTest, TheEndOfItsTimeIsLoggedOnce) {
  const CapturedLog log;
  Start();
  termination_.Await(*agent_, absl::ZeroDuration());
  EXPECT_EQ(agent_->status(), absl::OkStatus());
  EXPECT_EQ(log.Count("(--max-runtime)"), 1) << log.text();
}

}  // namespace
}  // namespace isoshape
