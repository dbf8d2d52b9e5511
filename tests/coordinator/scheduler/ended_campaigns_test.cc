// The trials of campaigns that are over leave memory, and nobody notices.
#include "coordinator/scheduler/ended_campaigns.h"

#include <string>

#include "tests/coordinator/scheduler/trials_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

class Ended : public Trials {
 protected:
  Ended() { Begin(0); }

  void Begin(size_t max_ended_trials) {
    max_ended_trials_ = max_ended_trials;
    Restart();
    Register();
  }
  std::string CreateAndEnd() {
    std::string name = Create(OneBudget());
    TrainAll();
    EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
    return name;
  }
  // How many trials of it are in memory.
  size_t InMemory(const std::string& name) {
    return scheduler_->campaigns().at(name).trials.size();
  }
};

TEST_F(Ended, LeaveMemoryWhenTheyEndAndLiveOnesStay) {
  const std::string ended = CreateAndEnd();
  const std::string live = Create();
  EXPECT_FALSE(scheduler_->campaigns().at(ended).has_trials);
  EXPECT_EQ(InMemory(ended), 0);
  EXPECT_GE(GetCampaign(ended).trial_counts().succeeded(), 3);
  EXPECT_EQ(InMemory(live), 3);
}

TEST_F(Ended, AStartReadsTheTrialsOfLiveCampaignsAlone) {
  Begin(1000);
  const std::string ended = CreateAndEnd();
  const std::string live = Create();
  EXPECT_GE(InMemory(ended), 3);
  const v1::Campaign before = GetCampaign(ended);
  Restart();
  EXPECT_EQ(InMemory(ended), 0);
  EXPECT_EQ(InMemory(live), 3);
  EXPECT_EQ(GetCampaign(ended).SerializeAsString(), before.SerializeAsString());
}

TEST_F(Ended, WithRunningTrialsOrCancelledOnesThatRunStayUntilNobodyObeys) {
  const std::string name = Create(OneBudget());
  const v1::Lease lease = LeaseOne();
  v1::CancelCampaignRequest cancel;
  cancel.set_name(name);
  ASSERT_TRUE(Do(&Scheduler::CancelCampaign, cancel).ok());
  EXPECT_EQ(InMemory(name), 3);
  auto stopped = For<v1::CompleteTrialRequest>(lease);
  stopped.set_state(v1::Trial::STOPPED);
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, stopped).ok());
  EXPECT_EQ(InMemory(name), 0);
  EXPECT_EQ(GetCampaign(name).trial_counts().cancelled(), 3);
}

TEST_F(Ended, AreReadAgainByVerbsThatChangeThem) {
  const std::string name = CreateAndEnd();
  const int32_t trials = GetCampaign(name).trial_counts().succeeded();

  v1::CreateTrialRequest add;
  add.set_parent(name);
  *add.mutable_trial()->mutable_shape() = Get(name + "/trials/1").shape();
  add.mutable_trial()->set_budget_flops(2.5e11);
  EXPECT_THAT(
      Refused(absl::StatusCode::kAlreadyExists, &Scheduler::CreateTrial, add),
      HasSubstr("of this shape, budget and seed"));
  add.mutable_trial()->set_seed(7);
  const auto added = Do(&Scheduler::CreateTrial, add);
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->name(), absl::StrCat(name, "/trials/", trials + 1));
  EXPECT_EQ(InMemory(name), trials + 1);
  TrainAll();
  EXPECT_EQ(InMemory(name), 0);

  ASSERT_TRUE(Exclude(added->name()).ok());
  EXPECT_EQ(InMemory(name), 0);
  EXPECT_TRUE(Get(added->name()).excluded());
  ASSERT_TRUE(Include(added->name()).ok());
  EXPECT_FALSE(Get(added->name()).excluded());

  v1::UpdateCampaignRequest more = Update(name, {"seeds"});
  more.mutable_campaign()->set_seeds(2);
  ASSERT_TRUE(Do(&Scheduler::UpdateCampaign, more).ok());
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::RUNNING);
  TrainAll();
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::COMPLETED);
  EXPECT_EQ(InMemory(name), 0);
  EXPECT_EQ(store_.GetCampaign(name)->trial_counts().succeeded(),
            TrialsOf(name).size());
}

TEST_F(Ended, AFailedTrialIsTriedAgain) {
  const std::string name = Create(OneBudget());
  std::string failed;
  TrainAll([&](const v1::Lease& lease) {
    failed = lease.trial().name();
    return Failure(lease, v1::Trial::INVALID);
  });
  EXPECT_EQ(GetCampaign(name).state(), v1::Campaign::INCOMPLETE);
  EXPECT_EQ(InMemory(name), 0);
  const auto retried = Retry(failed);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(LeaseOne().trial().name(), failed);
  EXPECT_GE(InMemory(name), 3);
}

// A worker that comes late must not make the coordinator read a campaign.
TEST_F(Ended, LateCallsOfWorkersAreRefusedAndReadNone) {
  Create(OneBudget());
  const v1::Lease lease = LeaseOne();
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease)).ok());
  TrainAll();
  const std::string name = ParseTrialName(lease.trial().name())->campaign;
  ASSERT_EQ(InMemory(name), 0);
  Begin(1000);
  EXPECT_THAT(Refused(absl::StatusCode::kFailedPrecondition,
                      &Scheduler::CompleteTrial, Success(lease)),
              HasSubstr("is succeeded and nobody holds a lease on it"));
  Refused(absl::StatusCode::kFailedPrecondition, &Scheduler::Heartbeat,
          For<v1::HeartbeatRequest>(lease));
  auto unknown = For<v1::HeartbeatRequest>(lease);
  unknown.set_trial(name + "/trials/99");
  Refused(absl::StatusCode::kNotFound, &Scheduler::Heartbeat, unknown);
  EXPECT_EQ(InMemory(name), 0);
}

TEST_F(Ended, ThoseThatWereUsedLastStayAsManyAsThereIsRoomFor) {
  Begin(1000);
  const std::string first = CreateAndEnd();
  const size_t trials = InMemory(first);
  Begin(2 * trials);
  EXPECT_EQ(InMemory(first), 0);
  ASSERT_TRUE(Exclude(first + "/trials/1").ok());
  const std::string second = CreateAndEnd();
  EXPECT_EQ(InMemory(first), trials);
  EXPECT_EQ(InMemory(second), trials);
  ASSERT_TRUE(Exclude(first + "/trials/2").ok());
  const std::string third = CreateAndEnd();
  EXPECT_EQ(InMemory(first), trials);
  EXPECT_EQ(InMemory(second), 0);
  EXPECT_EQ(InMemory(third), trials);
  v1::DeleteCampaignRequest remove;
  remove.set_name(third);
  ASSERT_TRUE(Do(&Scheduler::DeleteCampaign, remove).ok());
  const std::string fourth = CreateAndEnd();
  EXPECT_EQ(InMemory(first), trials);
  EXPECT_EQ(InMemory(fourth), trials);
}

TEST_F(Ended, AreDeletedUnread) {
  const std::string name = CreateAndEnd();
  v1::DeleteCampaignRequest remove;
  remove.set_name(name);
  ASSERT_TRUE(Do(&Scheduler::DeleteCampaign, remove).ok());
  EXPECT_EQ(store_.GetCampaign(name).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(data_->trials.size(), 0);
}

TEST_F(Ended, AVerbFailsAndChangesNothingWhileTheyCannotBeRead) {
  const std::string name = CreateAndEnd();
  v1::ExcludeTrialRequest exclude;
  exclude.set_name(name + "/trials/1");
  exclude.set_reason("odd");
  store_.FailReads(true);
  Refused(absl::StatusCode::kUnavailable, &Scheduler::ExcludeTrial, exclude);
  store_.FailReads(false);
  const std::pair<std::string, int64_t> second = {name, 2};
  const v1::Trial lost = data_->trials.at(second);
  data_->trials.erase(second);
  EXPECT_THAT(
      Refused(absl::StatusCode::kDataLoss, &Scheduler::ExcludeTrial, exclude),
      HasSubstr("/trials/2 is missing"));
  data_->trials[second] = lost;
  data_->trials.at(second).set_state(v1::Trial::FAILED);
  EXPECT_THAT(
      Refused(absl::StatusCode::kDataLoss, &Scheduler::ExcludeTrial, exclude),
      HasSubstr("the database is damaged"));
  data_->trials[second] = lost;
  EXPECT_TRUE(Do(&Scheduler::ExcludeTrial, exclude).ok());
}

}  // namespace
}  // namespace isoshape
