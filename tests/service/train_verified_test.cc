// `isoshape train --verify`: a command that is a worker for one trial.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "isoshape/v1/worker_service.grpc.pb.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TrainVerifiedTest : public ServiceTest {
 protected:
  // A campaign whose trials have all ended; its worker stays, and waits.
  void CompleteACampaign(const std::string& mode = "succeed") {
    environment_ = {
        absl::StrCat("XDG_STATE_HOME=", (folder_ / "state").string())};
    StartCoordinator("2s");
    CreateCampaign();
    StartWorker("w", mode);
    WatchUntilCompleted();
    searched_ = Trials().size();
  }

  // The command, whose standard error is Log("train").
  std::unique_ptr<ChildProcess> Train(const std::string& trainer) {
    auto started = Start(
        {ISOSHAPE_PROGRAM, "train", "c1", "--best", "--verify", "--data",
         (folder_ / "text.txt").string(), "--out", out_.string(), "--server",
         address_, "--device", "cpu", "--trainer", trainer, "--output=json"},
        "train");
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? *std::move(started) : nullptr;
  }
  std::unique_ptr<ChildProcess> TrainIn(const std::string& mode) {
    return Train(absl::StrCat("exec python3 ", ISOSHAPE_FAKE_TRAINER, " ", mode,
                              " ", (folder_ / "fifo").string()));
  }
  // What it prints until its end.
  static std::string Rest(ChildProcess& process) {
    std::string text;
    for (std::string line = Line(process); !line.empty();
         line = Line(process)) {
      absl::StrAppend(&text, line, "\n");
    }
    return text;
  }
  v1::Trial Verification() {
    const std::vector<v1::Trial> trials = Trials();
    EXPECT_EQ(trials.size(), searched_ + 1);
    return trials.empty() ? v1::Trial() : trials.back();
  }
  // The campaign has ended before the trial is added, and so do its watchers:
  // the trial is asked for instead.
  void AwaitThatItIs(v1::Trial::State state) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (absl::Now() < deadline) {
      const std::vector<v1::Trial> trials = Trials();
      if (trials.size() > searched_ && trials.back().state() == state) return;
    }
    FAIL() << "it is not " << v1::Trial::State_Name(state);
  }

  void AwaitThatItsWorkerIsOffline() {
    const auto workers = v1::WorkerService::NewStub(MakeChannel(address_));
    v1::GetWorkerRequest request;
    request.set_name(Verification().worker());
    const absl::Time deadline = absl::Now() + kPatience;
    while (absl::Now() < deadline) {
      grpc::ClientContext context;
      v1::Worker worker;
      ASSERT_TRUE(workers->GetWorker(&context, request, &worker).ok());
      if (worker.state() == v1::Worker::OFFLINE) return;
    }
    FAIL() << request.name() << " is not offline";
  }

  std::filesystem::path out_ = folder_ / "model";
  size_t searched_ = 0;
};

TEST_F(TrainVerifiedTest, TheResultIsInTheCampaignAndTheWeightsAreKept) {
  CompleteACampaign();
  const auto train = TrainIn("succeed");
  const std::string out = Rest(*train);
  ASSERT_EQ(train->Ending(), "exit code 0") << Log("train");
  const json trial = json::parse(out);
  EXPECT_EQ(trial["state"], "succeeded");
  EXPECT_EQ(trial["purpose"], "verification");
  EXPECT_EQ(trial["seed"], 1);  // the campaign has seed 0
  const v1::Trial kept = Verification();
  EXPECT_EQ(kept.state(), v1::Trial::SUCCEEDED);
  EXPECT_THAT(kept.worker(), StartsWith("workers/train-"));
  EXPECT_EQ(kept.reserved_worker(), kept.worker());
  EXPECT_EQ(kept.lost_leases(), 0);
  EXPECT_TRUE(std::filesystem::exists(out_ / "weights"));
  // Again: there is nothing to train.
  const auto again = TrainIn("succeed");
  EXPECT_EQ(json::parse(Rest(*again))["name"], kept.name());
  EXPECT_EQ(again->Ending(), "exit code 0") << Log("train");
  EXPECT_EQ(Trials().size(), searched_ + 1);
}

TEST_F(TrainVerifiedTest, WhatIsInterruptedEndsAndTheSameCommandGoesOn) {
  CompleteACampaign();
  const auto first = TrainIn("hold");
  AwaitThatItIs(v1::Trial::LEASED);
  ASSERT_EQ(kill(first->pid(), SIGINT), 0);
  EXPECT_EQ(Rest(*first), "");
  EXPECT_EQ(first->Ending(), "exit code 1");
  const std::string name = Verification().name();
  EXPECT_THAT(Log("train"), HasSubstr("interrupted; c1/7 is stopped, and the "
                                      "same command goes on with it"));
  EXPECT_EQ(Verification().state(), v1::Trial::STOPPED);
  EXPECT_EQ(Verification().error(), "it was interrupted");
  const auto second = TrainIn("succeed");
  EXPECT_EQ(json::parse(Rest(*second))["name"], name);
  EXPECT_EQ(second->Ending(), "exit code 0") << Log("train");
  EXPECT_EQ(Verification().state(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(Verification().retries(), 1);
}

TEST_F(TrainVerifiedTest, WhoIsKilledLeavesATrialThatTheSameCommandTakes) {
  CompleteACampaign();
  const auto first = TrainIn("hold");
  AwaitThatItIs(v1::Trial::LEASED);
  Kill(*first);
  AwaitThatItIs(v1::Trial::PENDING);
  EXPECT_EQ(Verification().lost_leases(), 1);
  const auto second = TrainIn("succeed");
  Rest(*second);
  EXPECT_EQ(second->Ending(), "exit code 0") << Log("train");
  EXPECT_EQ(Verification().state(), v1::Trial::SUCCEEDED);
}

TEST_F(TrainVerifiedTest, ACoordinatorThatIsAwayCostsNothing) {
  CompleteACampaign();
  const auto train = TrainIn("hold");
  AwaitThatItIs(v1::Trial::LEASED);
  Kill(*coordinator_);
  LetGo(1);  // it ends while nobody can be told
  StartCoordinator("2s");
  Rest(*train);
  EXPECT_EQ(train->Ending(), "exit code 0") << Log("train");
  EXPECT_EQ(Verification().state(), v1::Trial::SUCCEEDED);
}

TEST_F(TrainVerifiedTest, WhatIsInterruptedUnheardIsTrainedByTheSameCommand) {
  CompleteACampaign();
  const auto first = TrainIn("hold");
  AwaitThatItIs(v1::Trial::LEASED);
  Kill(*coordinator_);
  ASSERT_EQ(kill(first->pid(), SIGUSR1), 0);  // as a batch queue warns
  EXPECT_EQ(Rest(*first), "");
  EXPECT_EQ(first->Ending(), "exit code 1");
  StartCoordinator("2s");
  AwaitThatItIs(v1::Trial::PENDING);
  const std::string name = Verification().name();
  const auto second = TrainIn("succeed");
  EXPECT_EQ(json::parse(Rest(*second))["name"], name);
  EXPECT_EQ(second->Ending(), "exit code 0") << Log("train");
  EXPECT_EQ(Verification().state(), v1::Trial::SUCCEEDED);
}

// Its worker has been silent for longer than a lease, so it could be deleted,
// and the trial cancelled with it.
TEST_F(TrainVerifiedTest, WhatWasTrainedIsNotCancelledByATrainerThatIsGone) {
  CompleteACampaign();
  const auto first = TrainIn("die");
  Rest(*first);
  EXPECT_EQ(Verification().state(), v1::Trial::STOPPED);
  AwaitThatItsWorkerIsOffline();
  const auto none = Train("exit 3");
  Rest(*none);
  EXPECT_EQ(none->Ending(), "exit code 1");
  EXPECT_THAT(Log("train"), HasSubstr("cannot be used"));
  EXPECT_EQ(Verification().state(), v1::Trial::PENDING);
  const auto second = TrainIn("succeed");
  Rest(*second);
  EXPECT_EQ(second->Ending(), "exit code 0") << Log("train");
  EXPECT_EQ(Verification().state(), v1::Trial::SUCCEEDED);
}

TEST_F(TrainVerifiedTest, WhatAnotherTrainsIsSaidWithTheEndOfItsLease) {
  CompleteACampaign();
  const auto first = TrainIn("hold");
  AwaitThatItIs(v1::Trial::LEASED);
  const auto second = TrainIn("succeed");
  Rest(*second);
  EXPECT_EQ(second->Ending(), "exit code 1");
  EXPECT_THAT(Log("train"),
              AllOf(HasSubstr("another such command trains c1/7"),
                    ContainsRegex("or its lease has, at "
                                  "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\n")));
  EXPECT_EQ(Verification().state(), v1::Trial::LEASED);
}

TEST_F(TrainVerifiedTest, WhatCannotBeTrainedIsOneLineAndNothingWaits) {
  CompleteACampaign();
  const auto none = Train("exit 3");
  Rest(*none);
  EXPECT_EQ(none->Ending(), "exit code 1");
  EXPECT_THAT(Log("train"), HasSubstr("isoshape: the trainer 'exit 3' cannot "
                                      "be used"));
  EXPECT_EQ(Verification().state(), v1::Trial::CANCELLED);
  const auto dies = TrainIn("die");
  EXPECT_EQ(Rest(*dies), "");
  EXPECT_EQ(dies->Ending(), "exit code 1");
  EXPECT_THAT(
      Log("train"),
      AllOf(HasSubstr("isoshape: c1/8 is stopped: the trainer was lost"),
            HasSubstr("the same command tries it again")));
  EXPECT_EQ(Trials().back().state(), v1::Trial::STOPPED);
}

// The worker of the campaign has data with the fingerprint 9dd1, and the
// command f00d.
TEST_F(TrainVerifiedTest, OtherDataAreNoVerification) {
  CompleteACampaign("known");
  const auto train = TrainIn("proper");
  EXPECT_EQ(Rest(*train), "");
  EXPECT_EQ(train->Ending(), "exit code 1");
  EXPECT_THAT(Log("train"),
              AllOf(HasSubstr("the coordinator does not give c1/7 to this"),
                    HasSubstr("are not those that the campaign's results rest "
                              "on, 9dd1")));
  const v1::Trial refused = Verification();
  EXPECT_NE(refused.state(), v1::Trial::SUCCEEDED);
  // It may be trained yet, by its own seed, which no other run is to have.
  out_ = folder_ / "another";
  Rest(*TrainIn("known"));
  const std::vector<v1::Trial> trials = Trials();
  ASSERT_EQ(trials.size(), searched_ + 2);
  EXPECT_NE(trials.back().seed(), refused.seed());
}

}  // namespace
}  // namespace isoshape
