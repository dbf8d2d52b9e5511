// Trials that are granted together, to be trained as one batched model.
#include <string>
#include <vector>

#include "messages/shape/shape_proto.h"
#include "shape/accounting.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using Code = absl::StatusCode;

class Replicas : public SchedulerTest {
 protected:
  // Three seeds of every shape.
  static v1::Campaign Seeds() {
    v1::Campaign campaign = SmallCampaign();
    campaign.set_seeds(3);
    return campaign;
  }
  static v1::LeaseTrialsRequest Request(int max_trials, int replicas) {
    v1::LeaseTrialsRequest request;
    request.set_worker("workers/a");
    request.set_max_trials(max_trials);
    request.set_replicas(replicas);
    return request;
  }
  // Sizes of the groups, in their order. All of a group differ in the seed
  // alone.
  static std::vector<int> Groups(const std::vector<v1::Lease>& leases) {
    std::vector<int> groups;
    v1::Lease first;
    for (const v1::Lease& lease : leases) {
      if (lease.replica_of().empty()) {
        first = lease;
        groups.push_back(1);
        continue;
      }
      ++groups.back();
      const v1::Trial& trial = lease.trial();
      EXPECT_EQ(lease.replica_of(), first.trial().name());
      EXPECT_NE(lease.fencing_token(), first.fencing_token());
      EXPECT_EQ(FromProto(trial.shape()), FromProto(first.trial().shape()));
      EXPECT_EQ(trial.budget_flops(), first.trial().budget_flops());
      EXPECT_EQ(trial.steps(), first.trial().steps());
      EXPECT_EQ(trial.tokens_per_step(), first.trial().tokens_per_step());
      EXPECT_NE(trial.seed(), first.trial().seed());
      EXPECT_EQ(lease.recipe().SerializeAsString(),
                first.recipe().SerializeAsString());
    }
    return groups;
  }
};

TEST_F(Replicas, AreTheSeedsOfAShapeForEverySlot) {
  Create(Seeds());
  Register();
  EXPECT_THAT(Groups(Lease(Request(2, 8))), ElementsAre(3, 3));
  EXPECT_THAT(Groups(Lease(Request(2, 8))), ElementsAre(3));
  EXPECT_TRUE(Lease(Request(2, 8)).empty());
}

TEST_F(Replicas, AreNoMoreThanAskedFor) {
  Create(Seeds());
  Register();
  EXPECT_THAT(Groups(Lease(Request(1, 2))), ElementsAre(2));
  EXPECT_THAT(Groups(Lease(Request(1, 2))), ElementsAre(1));
  EXPECT_THAT(Groups(Lease(Request(2, 1))), ElementsAre(1, 1));
  EXPECT_THAT(Groups(Lease(Request(1, 0))), ElementsAre(1));
}

TEST_F(Replicas, AreOfOneCampaign) {
  Create();
  Create();
  Register();
  EXPECT_THAT(Groups(Lease(Request(64, 64))), ElementsAre(1, 1, 1, 1, 1, 1));
}

TEST_F(Replicas, FitIntoTheWorkersMemoryTogether) {
  const std::string name = Create(Seeds());
  const v1::Trial first = scheduler_->campaigns().at(name).trials.front();
  const int64_t need =
      EstimateTrainingMemory(FromProto(first.shape()), first.tokens_per_step())
          .total();
  Register("workers/a", 3 * need - 1);
  EXPECT_THAT(Groups(Lease(Request(1, 8))), ElementsAre(2));
  Register("workers/a", 2 * need - 1);
  EXPECT_THAT(Groups(Lease(Request(1, 8))), ElementsAre(1));
}

// One of them may have brought down the trainer.
TEST_F(Replicas, ThatWereLostAreTrainedAlone) {
  Create(Seeds());
  Register();
  const std::vector<v1::Lease> group = Lease(Request(1, 8));
  ASSERT_THAT(Groups(group), ElementsAre(3));
  // One ends, one is lost, one is handed back in good order.
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(group[0])).ok());
  auto release = For<v1::ReleaseTrialRequest>(group[1]);
  release.set_cause(v1::ReleaseTrialRequest::TRAINER_LOST);
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, release).ok());
  release = For<v1::ReleaseTrialRequest>(group[2]);
  ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, release).ok());
  std::vector<v1::Lease> leases;
  for (const v1::Lease& lease : Lease(Request(64, 8))) {
    if (lease.trial().shape().width() == group[0].trial().shape().width() &&
        lease.trial().shape().depth() == group[0].trial().shape().depth()) {
      leases.push_back(lease);
    }
  }
  EXPECT_THAT(Groups(leases), ElementsAre(1, 1));
}

TEST_F(Replicas, HaveNoBranches) {
  v1::Campaign campaign = Seeds();
  campaign.mutable_algorithm()->mutable_grid()->set_share_trunks(true);
  Create(campaign);
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/a");
  request.mutable_worker()->set_slots(64);
  request.mutable_worker()->add_datasets("text");
  request.mutable_worker()->set_branches(true);
  ASSERT_TRUE(Do(&Scheduler::RegisterWorker, request).ok());
  const std::vector<v1::Lease> leases = Lease(Request(64, 8));
  ASSERT_FALSE(leases.empty());
  for (const v1::Lease& lease : leases) {
    EXPECT_GT(lease.trial().branches_size(), 0);
    EXPECT_EQ(lease.replica_of(), "");
  }
}

TEST_F(Replicas, AreTheSameInAnAnswerSentAgain) {
  Create(Seeds());
  Register();
  v1::LeaseTrialsRequest request = Request(1, 8);
  request.set_request_id("r");
  const std::vector<v1::Lease> leases = Lease(request);
  ASSERT_THAT(Groups(leases), ElementsAre(3));
  EXPECT_THAT(Groups(Lease(request)), ElementsAre(3));
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(leases[0])).ok());
  const std::vector<v1::Lease> left = Lease(request);
  ASSERT_EQ(left.size(), 2u);
  for (const v1::Lease& lease : left) {
    EXPECT_EQ(lease.replica_of(), leases[0].trial().name());
  }
}

TEST_F(Replicas, ANumberOutOfRangeIsRefused) {
  Register();
  for (const int replicas : {-1, 65}) {
    Refused(Code::kInvalidArgument, &Scheduler::LeaseTrials,
            Request(1, replicas));
  }
}

}  // namespace
}  // namespace isoshape
