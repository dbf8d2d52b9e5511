// What clocks do, and coordinators that stand still.
#include <csignal>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

class TimeTest : public ServiceTest {
 protected:
  // A month after a boot, as far as a program that is started by it can see;
  // false if this machine does not let us.
  static std::vector<std::string> LongAfterBoot() {
    return {"/usr/bin/unshare", "--time",     "--monotonic",
            "2592000",          "--boottime", "2592000"};
  }
  bool CanPretend() const {
    std::vector<std::string> command = LongAfterBoot();
    command.emplace_back("true");
    const auto started = Start(command, "pretend");
    if (!started.ok()) return false;
    (*started)->WaitForEnd(kPatience);
    return (*started)->Ending() == "exit code 0";
  }
};

// After a reboot the clock that nobody sets begins anew, far behind where it
// was. No lease may rest on it: not one that is held, and not for a month.
TEST_F(TimeTest, AReboot) {
  if (!CanPretend()) GTEST_SKIP() << "no namespaces of time for this user";
  before_ = LongAfterBoot();
  StartCoordinator("2s");
  CreateCampaign();
  before_.clear();
  StartWorker("a", "hold");
  WatchUntilLeasedTo("a");
  Kill(*coordinator_);
  StartCoordinator("2s");
  LetGo(1);
  WatchUntil([](const v1::CampaignEvent& event) {
    return event.trial_state() == v1::Trial::SUCCEEDED;
  });
  EXPECT_EQ(LostLeases(), 0);
  // What a worker holds that dies is missed after a lease.
  Kill(Worker("a"));
  StartWorker("b", "succeed");
  ExpectEachSucceededOnce(WatchUntilCompleted());
  EXPECT_LE(LostLeases(), 1);
}

// Ctrl-C ended it after 30 s, the deadline of the call that it waited for.
TEST_F(TimeTest, WhoWatchesACoordinatorThatHangsCanLeave) {
  StartCoordinator();
  CreateCampaign();
  const auto watch = StartHeard(
      {ISOSHAPE_PROGRAM, "campaign", "watch", "c1", "--server", address_});
  ASSERT_NE(watch, nullptr);
  EXPECT_THAT(Line(*watch), HasSubstr("at http://127.0.0.1:"));
  EXPECT_THAT(Line(*watch), HasSubstr("3 trials wait"));
  ASSERT_EQ(kill(coordinator_->pid(), SIGSTOP), 0);
  const auto late = StartHeard(
      {ISOSHAPE_PROGRAM, "campaign", "watch", "c1", "--server", address_});
  const absl::Time begin = absl::Now();
  ASSERT_EQ(kill(watch->pid(), SIGINT), 0);
  EXPECT_THAT(Line(*watch), HasSubstr("stopped watching; c1 goes on"));
  ASSERT_EQ(kill(late->pid(), SIGINT), 0);
  while (!Line(*late).empty()) {
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(15));
  ASSERT_EQ(kill(coordinator_->pid(), SIGCONT), 0);
}

}  // namespace
}  // namespace isoshape
