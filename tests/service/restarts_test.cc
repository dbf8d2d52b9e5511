// What a restart may not cost: with another lease, with a result that nobody
// was there to take, with a second process of one name, with a log that nobody
// reads.
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

class RestartsTest : public ServiceTest {
 protected:
  // A worker whose process is found by `key`, and that is called `name`.
  void StartNamed(const std::string& key, const std::string& name,
                  const std::string& mode) {
    auto started = Start(
        {ISOSHAPE_WORKER, "--server", address_, "--name", name, "--data",
         absl::StrCat("text=", (folder_ / "text.txt").string()), "--slots", "1",
         "--device", "cpu", "--results", Results().string(), "--trainer",
         absl::StrCat("exec python3 ", ISOSHAPE_FAKE_TRAINER, " ", mode, " ",
                      (folder_ / "fifo").string())},
        key);
    ASSERT_TRUE(started.ok()) << started.status();
    workers_.emplace(key, *std::move(started));
  }
  std::filesystem::path Results() const { return folder_ / "results"; }
  bool AnyResultIsKept() const {
    const std::filesystem::directory_iterator files(Results());
    return std::any_of(begin(files), end(files), [](const auto& file) {
      return file.path().extension() == ".result";
    });
  }
  // Returns when `holds`, which is looked at when that file or folder changes.
  static void WaitUntil(const std::filesystem::path& path,
                        const std::function<bool()>& holds) {
    const int watch = inotify_init1(IN_CLOEXEC);
    ASSERT_GE(inotify_add_watch(watch, path.c_str(), IN_MODIFY | IN_MOVED_TO),
              0);
    pollfd change = {watch, POLLIN, 0};
    while (!holds()) {
      if (poll(&change, 1,
               static_cast<int>(absl::ToInt64Milliseconds(kPatience))) != 1) {
        ADD_FAILURE() << "nothing changed in " << path;
        break;
      }
      char events[4096];
      EXPECT_GT(read(watch, events, sizeof events), 0);
    }
    close(watch);
  }
  // Returns when the worker of that key has been told of its first trial: the
  // event may come before the answer.
  void WaitUntilItTrains(const std::string& key) {
    WaitUntil(folder_ / (key + ".log"), [&] {
      return absl::StrContains(Log(key), "campaigns/c1/trials/");
    });
  }
  // Returns when a worker has written its result to the disk.
  void WaitUntilAResultIsKept() {
    std::filesystem::create_directories(Results());
    WaitUntil(Results(), [&] { return AnyResultIsKept(); });
  }
  // Until so many trials have succeeded.
  void WatchUntilSucceeded(int wanted) {
    int succeeded = 0;
    WatchUntil([&](const v1::CampaignEvent& event) {
      succeeded += event.trial_state() == v1::Trial::SUCCEEDED ? 1 : 0;
      return succeeded == wanted;
    });
  }
  // Each of these, which are all of the campaign, succeeded once and lost no
  // lease. They may be more than a page.
  static void ExpectEachSucceededOnceOf(
      const std::map<std::string, v1::Trial>& trials, int count,
      const std::vector<v1::CampaignEvent>& events) {
    EXPECT_EQ(static_cast<int>(trials.size()), count);
    std::map<std::string, int> successes;
    for (const v1::CampaignEvent& event : events) {
      successes[event.trial()] += Succeeds(event) ? 1 : 0;
    }
    for (const auto& [name, trial] : trials) {
      EXPECT_EQ(trial.state(), v1::Trial::SUCCEEDED) << name;
      EXPECT_EQ(trial.lost_leases(), 0) << name;
      EXPECT_EQ(successes[name], 1) << name;
    }
  }
  static bool Succeeds(const v1::CampaignEvent& event) {
    return event.kind() == v1::CampaignEvent::TRIAL_CHANGED &&
           event.trial_state() == v1::Trial::SUCCEEDED;
  }
};

// Killed while workers report, as often as ISOSHAPE_KILL_ROUNDS says (3; 200 by
// ./dev soak; at most as often as the largest campaign has trials): what a
// client has heard is there afterwards, and each trial is trained to its end
// once. Trials are let go in each round, so that some are left for the last.
TEST_F(RestartsTest, CoordinatorsThatAreKilledUnderLoadLoseNothing) {
  int rounds = 3;
  if (const char* const text = std::getenv("ISOSHAPE_KILL_ROUNDS")) {
    ASSERT_TRUE(absl::SimpleAtoi(text, &rounds)) << text;
  }
  const int seeds = std::min(rounds, 100);  // as many as a campaign takes
  const int trials = 6 * seeds;
  ASSERT_TRUE(rounds > 0 && rounds <= trials) << rounds;
  const int a_round = std::min(3, trials / rounds);
  StartCoordinator("20s");
  CreateCampaign(/*max_lost_leases=*/3, /*share_trunks=*/false, seeds);
  StartNamed("a", "a", "hold");
  StartNamed("b", "b", "hold");
  std::map<std::string, v1::Trial> heard;
  bool completed = false;
  // Until so many more have succeeded.
  const auto hear = [&](int more) {
    const size_t wanted = heard.size() + static_cast<size_t>(more);
    return WatchUntil([&](const v1::CampaignEvent& event) {
      if (Succeeds(event) && !heard.contains(event.trial())) {
        heard[event.trial()] = GetTrial(event.trial());
      }
      completed = event.campaign_state() == v1::Campaign::COMPLETED;
      return completed || heard.size() >= wanted;
    });
  };
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    LetGo(a_round);
    hear(1 + round % a_round);
    Kill(*coordinator_);
    StartCoordinator("20s");
    for (const auto& [name, before] : heard) {
      const v1::Trial now = GetTrial(name);
      ASSERT_EQ(now.state(), v1::Trial::SUCCEEDED) << name;
      ASSERT_EQ(now.SerializeAsString(), before.SerializeAsString()) << name;
    }
  }
  if (trials > rounds * a_round) LetGo(trials - rounds * a_round);
  completed = false;
  std::vector<v1::CampaignEvent> events;
  while (!completed && !HasFailure()) events = hear(50);
  ExpectEachSucceededOnceOf(heard, trials, events);
}

// Its worker beats every twenty seconds, and hears of the new lease then.
TEST_F(RestartsTest, AShorterLeaseTakesNoTrialFromWhoHasNotHeardOfIt) {
  StartCoordinator("60s");
  CreateCampaign();
  StartNamed("a", "a", "hold");
  WatchUntilLeasedTo("a");
  coordinator_->Stop(kPatience);
  StartCoordinator("1s");
  // It asks for what is left until nothing but the trial of `a` is, and for
  // longer than a lease of now.
  StartNamed("b", "b", "succeed");
  WatchUntilSucceeded(2);
  const auto workers = v1::WorkerService::NewStub(MakeChannel(address_));
  v1::LeaseTrialsRequest ask;
  ask.set_worker("workers/b");
  ask.set_max_trials(1);
  ask.mutable_wait()->set_seconds(20);  // half a lease at most
  for (int i = 0; i < 4; ++i) {
    grpc::ClientContext context;
    v1::LeaseTrialsResponse answer;
    ASSERT_TRUE(workers->LeaseTrials(&context, ask, &answer).ok());
    EXPECT_EQ(answer.leases_size(), 0);
  }
  LetGo(6);
  ExpectEachSucceededOnce(WatchUntilCompleted());
  EXPECT_EQ(LostLeases(), 0);
}

TEST_F(RestartsTest, AResultOutlivesItsWorkerAndItsCoordinator) {
  StartCoordinator();
  CreateCampaign();
  StartNamed("a", "a", "hold");
  WatchUntilLeasedTo("a");
  WaitUntilItTrains("a");
  Kill(*coordinator_);
  LetGo(1);
  WaitUntilAResultIsKept();
  Kill(Worker("a"));
  StartCoordinator();
  StartNamed("b", "b", "succeed");
  ExpectEachSucceededOnce(WatchUntilCompleted());
  EXPECT_EQ(LostLeases(), 0);
  const std::vector<v1::Trial> trials = Trials();
  EXPECT_EQ(std::count_if(trials.begin(), trials.end(),
                          [](const v1::Trial& trial) {
                            return trial.worker() == "workers/a";
                          }),
            1);
  Worker("b").Stop(kPatience);
  EXPECT_THAT(Log("b"), HasSubstr("the result of a worker that has ended is "
                                  "reported: SUCCEEDED"));
  EXPECT_FALSE(AnyResultIsKept());
}

TEST_F(RestartsTest, OfTwoWorkersOfOneNameTheOlderEndsItsTrialAndItself) {
  StartCoordinator();
  CreateCampaign();
  StartNamed("older", "a", "hold");
  WatchUntilLeasedTo("a");
  StartNamed("newer", "a", "succeed");
  WatchUntilSucceeded(2);
  LetGo(1);
  ExpectEachSucceededOnce(WatchUntilCompleted());
  EXPECT_EQ(LostLeases(), 0);
  EXPECT_THAT(EndingOf("older"), HasSubstr("exit code 1"));
  EXPECT_TRUE(Worker("newer").Running());
  EXPECT_THAT(Log("older"), HasSubstr("isoshape-worker: another process has "
                                      "registered as workers/a since"));
  EXPECT_THAT(Log("newer"), HasSubstr("a process before this one, called "
                                      "workers/a too, holds 1 trial"));
  EXPECT_THAT(Log("coordinator"),
              HasSubstr("workers/a: a new process of this name"));
}

// `isoshape-coordinator 2>&1 | sleep 1000`: once the pipe was full, no call was
// answered any more.
TEST_F(RestartsTest, ALogThatNobodyReadsHoldsNobodyUp) {
  std::vector<std::string> pipes;
  for (const char* name : {"coordinator.log", "a.log"}) {
    const std::string path = (folder_ / name).string();
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    const int pipe = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    const std::string page(4096, '.');
    while (write(pipe, page.data(), page.size()) > 0) {
    }
    EXPECT_EQ(errno, EAGAIN);
    pipes.push_back(path);  // open as long as the test lives
  }
  coordinator_ =
      Serve("coordinator", "30s", {"--log-level", "debug"}, &address_);
  ASSERT_NE(coordinator_, nullptr);
  stub_ = v1::CampaignService::NewStub(MakeChannel(address_));
  CreateCampaign();
  StartNamed("a", "a", "succeed");
  ExpectEachSucceededOnce(WatchUntilCompleted());
  Worker("a").Stop(kPatience);
  EXPECT_EQ(Worker("a").Ending(), "exit code 0");
  coordinator_->Stop(kPatience);
  EXPECT_EQ(coordinator_->Ending(), "exit code 0");
  // So that nobody reads them after a failure either.
  for (const std::string& path : pipes) std::filesystem::remove(path);
}

}  // namespace
}  // namespace isoshape
