// `isoshape train --verify`: a command that is a worker for one trial.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
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
  std::unique_ptr<ChildProcess> Train(const std::string& trainer,
                                      const std::vector<std::string>& what = {
                                          "--best", "--verify"}) {
    std::vector<std::string> command = {ISOSHAPE_PROGRAM, "train", "c1"};
    command.insert(command.end(), what.begin(), what.end());
    for (const std::string& one :
         {std::string("--data"), (folder_ / "text.txt").string(),
          std::string("--out"), out_.string(), std::string("--server"),
          address_, std::string("--device"), std::string("cpu"),
          std::string("--trainer"), trainer, std::string("--output=json")}) {
      command.push_back(one);
    }
    auto started = Start(command, "train");
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? *std::move(started) : nullptr;
  }
  static std::string TrainerIn(const std::string& mode,
                               const std::filesystem::path& folder) {
    return absl::StrCat("exec python3 ", ISOSHAPE_FAKE_TRAINER, " ", mode, " ",
                        (folder / "fifo").string());
  }
  std::unique_ptr<ChildProcess> TrainIn(const std::string& mode) {
    return Train(TrainerIn(mode, folder_));
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

  // Of commands that train one trial, in the list of workers.
  int CountListed() {
    const auto workers = v1::WorkerService::NewStub(MakeChannel(address_));
    grpc::ClientContext context;
    v1::ListWorkersResponse response;
    EXPECT_TRUE(
        workers->ListWorkers(&context, v1::ListWorkersRequest(), &response)
            .ok());
    return static_cast<int>(std::count_if(
        response.workers().begin(), response.workers().end(),
        [](const v1::Worker& worker) {
          return absl::StartsWith(worker.name(), "workers/train-");
        }));
  }
  void AwaitThatNoneIsListed() {
    const absl::Time deadline = absl::Now() + kPatience;
    while (absl::Now() < deadline) {
      if (CountListed() == 0) return;
    }
    FAIL() << "a command that has ended is listed as a worker";
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
  EXPECT_EQ(CountListed(), 0);
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
  AwaitThatNoneIsListed();
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

// Its worker could be deleted, and the trial cancelled with it.
TEST_F(TrainVerifiedTest, WhatWasTrainedIsNotCancelledByATrainerThatIsGone) {
  CompleteACampaign();
  const auto first = TrainIn("die");
  Rest(*first);
  EXPECT_EQ(Verification().state(), v1::Trial::STOPPED);
  const auto none = Train("exit 3");
  Rest(*none);
  EXPECT_EQ(none->Ending(), "exit code 1");
  EXPECT_THAT(Log("train"),
              AllOf(HasSubstr("cannot be used"),
                    HasSubstr("c1/7 waits, and the same command goes on")));
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
                                  "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
                                  "[+-][0-9][0-9]:[0-9][0-9]\n")));
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
                              "on, 9dd1"),
                    HasSubstr("; c1/7 is cancelled; give the campaign's "
                              "--data"),
                    Not(HasSubstr("tries it again"))));
  // Nothing waits for a command that would be refused again.
  const v1::Trial refused = Verification();
  EXPECT_EQ(refused.state(), v1::Trial::CANCELLED);
  EXPECT_EQ(CountListed(), 0);
  // Of the right data it is another run.
  out_ = folder_ / "another";
  Rest(*TrainIn("known"));
  const std::vector<v1::Trial> trials = Trials();
  ASSERT_EQ(trials.size(), searched_ + 2);
  EXPECT_NE(trials.back().seed(), refused.seed());
}

// By then another shape was the best, and the first trial waited in silence for
// a command that nobody would type again.
TEST_F(TrainVerifiedTest, WhatWaitsInTheFolderGoesOnWhateverIsTheBestNow) {
  CompleteACampaign();
  const std::vector<v1::Trial> trials = Trials();
  const auto worst = std::max_element(
      trials.begin(), trials.end(), [](const auto& a, const auto& b) {
        return std::pair(a.budget_flops(), a.shape_card().validation_loss()) <
               std::pair(b.budget_flops(), b.shape_card().validation_loss());
      });
  const std::string shape =
      absl::StrCat(worst->shape().depth(), "x", worst->shape().width());
  const auto first =
      Train(TrainerIn("hold", folder_), {"--shape", shape, "--verify"});
  AwaitThatItIs(v1::Trial::LEASED);
  Kill(*first);
  AwaitThatItIs(v1::Trial::PENDING);
  // A shape that is asked for by name does not take its place.
  const auto named = Train(TrainerIn("succeed", folder_),
                           {"--shape", shape, "--seed", "77", "--verify"});
  Rest(*named);
  EXPECT_EQ(named->Ending(), "exit code 1");
  EXPECT_THAT(Log("train"),
              HasSubstr(absl::StrCat("; give --seed ", Verification().seed(),
                                     " to go on with it, or another --out")));
  EXPECT_EQ(Verification().state(), v1::Trial::PENDING);
  // Nor does a compute.
  const auto other = Train(TrainerIn("succeed", folder_),
                           {"--best", "--budget", "2.5e11", "--verify"});
  Rest(*other);
  EXPECT_EQ(other->Ending(), "exit code 1");
  EXPECT_THAT(Log("train"), HasSubstr("; give no --budget to go on with it"));
  EXPECT_EQ(Verification().state(), v1::Trial::PENDING);
  const auto best = TrainIn("succeed");
  const std::string out = Rest(*best);
  ASSERT_EQ(best->Ending(), "exit code 0") << Log("train");
  EXPECT_EQ(json::parse(out)["name"], Verification().name());
  EXPECT_THAT(Log("train"), AllOf(HasSubstr(absl::StrCat("c1/7, ", shape)),
                                  HasSubstr(": going on with it; ")));
  EXPECT_EQ(Verification().state(), v1::Trial::SUCCEEDED);
}

// It ended without a word.
TEST_F(TrainVerifiedTest, WhatIsInterruptedAloneSaysWhatIsKept) {
  CompleteACampaign();
  const std::string began = (folder_ / "began").string();
  ASSERT_EQ(mkfifo(began.c_str(), 0600), 0);
  const auto interrupted = [&] {
    const auto train =
        Train(absl::StrCat("echo > ", began, "; ", TrainerIn("hold", folder_)),
              {"--best"});
    std::string line;
    std::getline(std::ifstream(began), line);  // there is a trainer
    EXPECT_EQ(kill(train->pid(), SIGINT), 0);
    EXPECT_EQ(Rest(*train), "");
    EXPECT_EQ(train->Ending(), "exit code 1");
    return Log("train");
  };
  EXPECT_THAT(interrupted(),
              HasSubstr(absl::StrCat(
                  "isoshape: interrupted; nothing of the "
                  "run is in ",
                  out_.string(), " yet, and the same command begins anew")));
  std::ofstream(out_ / "checkpoint") << "of step 5";
  EXPECT_THAT(interrupted(),
              HasSubstr(absl::StrCat(
                  "isoshape: interrupted; ", out_.string(),
                  " keeps what the run has written, and the same command goes "
                  "on from its last checkpoint, if there is one yet")));
}

}  // namespace
}  // namespace isoshape
