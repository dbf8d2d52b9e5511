// Workers that train several trials of one shape as one batched model.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// Three seeds of each shape, in one worker.
class ReplicasTest : public ServiceTest {
 protected:
  static constexpr int kSeeds = 3;
  static constexpr int kTrials = 6 * kSeeds;

  void StartCampaign(const std::string& lease_duration = "30s") {
    StartCoordinator(lease_duration);
    CreateCampaign(/*max_lost_leases=*/3, /*share_trunks=*/false, kSeeds);
  }
  // How many runs the trainer was given together with each trial.
  std::vector<int> Companies() {
    std::vector<int> companies;
    for (const v1::Trial& trial : Trials()) {
      companies.push_back(static_cast<int>(trial.shape_card().replicas()));
    }
    return companies;
  }
  int Count(v1::Trial::State state) {
    const std::vector<v1::Trial> trials = Trials();
    return static_cast<int>(std::count_if(
        trials.begin(), trials.end(),
        [state](const v1::Trial& trial) { return trial.state() == state; }));
  }
};

TEST_F(ReplicasTest, SeedsOfOneShapeAreTrainedTogether) {
  StartCampaign();
  StartWorker("a", "succeed", kSeeds);
  ExpectEachSucceededOnce(WatchUntilCompleted(), kTrials);
  EXPECT_THAT(Companies(), testing::Each(kSeeds));
  EXPECT_EQ(LostLeases(), 0);
}

TEST_F(ReplicasTest, AreNoMoreThanTheWorkerAsksFor) {
  StartCampaign();
  StartWorker("a", "succeed", 2);
  ExpectEachSucceededOnce(WatchUntilCompleted(), kTrials);
  const std::vector<int> companies = Companies();
  EXPECT_EQ(std::count(companies.begin(), companies.end(), 2), 2 * 6);
  EXPECT_EQ(std::count(companies.begin(), companies.end(), 1), 6);
}

TEST_F(ReplicasTest, EndOneByOneAndTheRestIsHandedBack) {
  StartCampaign();
  StartWorker("first", "hold", kSeeds);
  WatchUntilLeasedTo("first");
  LetGo(1);
  WatchUntil([](const v1::CampaignEvent& event) {
    return event.trial_state() == v1::Trial::SUCCEEDED;
  });
  EXPECT_EQ(Count(v1::Trial::LEASED), kSeeds - 1);
  Worker("first").Stop(kPatience);
  EXPECT_EQ(Worker("first").Ending(), "exit code 75");  // work is left
  EXPECT_EQ(Count(v1::Trial::LEASED), 0);
  EXPECT_EQ(LostLeases(), 0);
  StartWorker("second", "succeed", kSeeds);
  ExpectEachSucceededOnce(WatchUntilCompleted(), kTrials);
}

TEST_F(ReplicasTest, ThatBringTheirTrainerDownAreTrainedAlone) {
  StartCampaign();
  StartWorker("a", "fragile", kSeeds);
  ExpectEachSucceededOnce(WatchUntilCompleted(), kTrials);
  EXPECT_THAT(Companies(), testing::Each(1));
  EXPECT_EQ(LostLeases(), kTrials);
}

TEST_F(ReplicasTest, AllStopWhenTheirCampaignIsCancelled) {
  StartCampaign("3s");  // they hear of it by a heartbeat, each second
  StartWorker("a", "hold", kSeeds);
  WatchUntilLeasedTo("a");
  v1::CancelCampaignRequest request;
  request.set_name("campaigns/c1");
  grpc::ClientContext context;
  v1::Campaign cancelled;
  ASSERT_TRUE(stub_->CancelCampaign(&context, request, &cancelled).ok());
  int ended = 0;
  WatchUntil([&](const v1::CampaignEvent& event) {
    return event.trial_state() == v1::Trial::CANCELLED &&
           ++ended == kTrials / 2;  // those of the first budget
  });
  EXPECT_EQ(LostLeases(), 0);
}

TEST_F(ReplicasTest, ATrainerThatCannotTrainThemEndsTheWorkerWithOneLine) {
  StartCoordinator();
  StartWorker("a", "single", kSeeds);
  ChildProcess& worker = Worker("a");
  EXPECT_EQ(worker.ReadLine(kPatience).status().message(),
            "it ended by exit code 1");
  EXPECT_THAT(Log("a"),
              HasSubstr("isoshape-worker: --replicas 3: the trainer fake 1 "
                        "cannot train replicas; leave the flag out"));
}

}  // namespace
}  // namespace isoshape
