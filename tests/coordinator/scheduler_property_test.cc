#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/proto_time.h"
#include "tests/coordinator/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::google::protobuf::util::MessageDifferencer;

// Random operations, with lost leases, failing commits and restarts between
// them, and after each the invariants of docs/lease-states.md.
class RandomOperations : public SchedulerTest,
                         public testing::WithParamInterface<int> {
 protected:
  size_t Pick(size_t count) {
    return std::uniform_int_distribution<size_t>(0, count - 1)(random_);
  }
  bool Chance(double probability) {
    return std::bernoulli_distribution(probability)(random_);
  }

  // Runs a verb and commits as the executor does: where the commit fails the
  // answer is thrown away and the scheduler loaded anew.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Try(
      absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
      const Request& request) {
    if (Chance(0.05)) {
      store_.PlanFaults({Chance(0.5) ? MemoryStore::Fault::kRefuse
                                     : MemoryStore::Fault::kApplyAndReport});
    }
    absl::StatusOr<Response> response = (scheduler_.get()->*verb)(request);
    const absl::Status committed = store_.Commit(scheduler_->TakeMutations());
    store_.PlanFaults({});
    if (committed.ok()) return response;
    Restart();
    return committed;
  }

  // Has it answered, sending again with the same id where a commit failed.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Insist(
      absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
      Request request) {
    request.set_request_id(absl::StrCat("r", ++last_request_));
    absl::StatusOr<Response> response;
    do {
      response = Try(verb, request);
    } while (absl::IsUnavailable(response.status()));
    return response;
  }

  void Step() {
    switch (Pick(12)) {
      case 0:
        if (names_.size() < 6) {
          v1::CreateCampaignRequest request;
          *request.mutable_campaign() = SmallCampaign();
          request.mutable_campaign()->set_seeds(Chance(0.5) ? 2 : 1);
          const auto created = Insist(&Scheduler::CreateCampaign, request);
          ASSERT_TRUE(created.ok()) << created.status();
          EXPECT_TRUE(names_.insert(created->name()).second)
              << created->name() << " came back";
        }
        break;
      case 1:
        ChangeCampaign();
        break;
      case 2: {
        v1::RegisterWorkerRequest request;
        request.mutable_worker()->set_name(absl::StrCat("workers/", Pick(3)));
        request.mutable_worker()->add_datasets("text");
        ASSERT_TRUE(Insist(&Scheduler::RegisterWorker, request).ok());
        break;
      }
      case 3:
      case 4:
      case 5: {
        v1::LeaseTrialsRequest request;
        request.set_worker(absl::StrCat("workers/", Pick(3)));
        request.set_max_trials(static_cast<int32_t>(1 + Pick(3)));
        const auto leased = Insist(&Scheduler::LeaseTrials, request);
        if (!leased.ok()) break;
        for (const v1::Lease& lease : leased->leases()) {
          EXPECT_GT(lease.fencing_token(), tokens_[lease.trial().name()]);
          EXPECT_TRUE(all_tokens_.insert(lease.fencing_token()).second);
          tokens_[lease.trial().name()] = lease.fencing_token();
          leases_.push_back(lease);
        }
        break;
      }
      case 6:
        clock_.Advance(absl::Seconds(1 + Pick(20)));
        break;
      case 7:
        Restart();
        break;
      default:
        if (!leases_.empty()) UseLease(leases_[Pick(leases_.size())]);
    }
  }

  void ChangeCampaign() {
    if (names_.empty()) return;
    const std::string name = *std::next(names_.begin(), Pick(names_.size()));
    switch (Pick(4)) {
      case 0: {
        v1::PauseCampaignRequest request;
        request.set_name(name);
        (void)Insist(&Scheduler::PauseCampaign, request);
        break;
      }
      case 1: {
        v1::ResumeCampaignRequest request;
        request.set_name(name);
        (void)Insist(&Scheduler::ResumeCampaign, request);
        break;
      }
      case 2: {
        if (!Chance(0.3)) break;
        v1::CancelCampaignRequest request;
        request.set_name(name);
        (void)Insist(&Scheduler::CancelCampaign, request);
        break;
      }
      default: {
        if (!Chance(0.2)) break;
        v1::DeleteCampaignRequest request;
        request.set_name(name);
        request.set_force(true);
        ASSERT_TRUE(Insist(&Scheduler::DeleteCampaign, request).ok());
        names_.erase(name);
      }
    }
  }

  // A call on a lease that may long be lost.
  void UseLease(const v1::Lease& lease) {
    const std::string& name = lease.trial().name();
    switch (Pick(4)) {
      case 0: {
        const auto beat =
            Try(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease));
        if (beat.ok()) {
          EXPECT_EQ(lease.fencing_token(), tokens_[name]);
        }
        break;
      }
      case 1: {
        auto request = For<v1::ReportMeasurementsRequest>(lease);
        request.add_measurements()->set_step(static_cast<int64_t>(Pick(50)));
        if (Insist(&Scheduler::ReportMeasurements, request).ok()) {
          EXPECT_EQ(lease.fencing_token(), tokens_[name]);
        }
        break;
      }
      case 2: {
        auto request = For<v1::ReleaseTrialRequest>(lease);
        request.set_trainer_lost(Chance(0.3));
        (void)Insist(&Scheduler::ReleaseTrial, request);
        break;
      }
      default: {
        auto request = Success(lease, LossOf(lease.trial()));
        if (Chance(0.2)) {
          request.set_state(v1::Trial::DIVERGED);
          request.set_error("rose");
        }
        if (Insist(&Scheduler::CompleteTrial, request).ok()) {
          EXPECT_EQ(lease.fencing_token(), tokens_[name]);
          EXPECT_TRUE(completed_.insert(lease.fencing_token()).second)
              << name << " was completed twice by one lease";
          EXPECT_TRUE(completed_trials_.insert(name).second)
              << name << " was completed twice";
        }
      }
    }
  }

  void CheckInvariants() {
    std::set<int64_t> held;
    for (const auto& [name, state] : scheduler_->campaigns()) {
      v1::TrialCounts counts;
      size_t pending = 0;
      for (const v1::Trial& trial : state.trials) {
        AddToTrialCount(trial.state(), 1, &counts);
        pending += trial.state() == v1::Trial::PENDING ? 1 : 0;
        EXPECT_EQ(trial.has_lease_expire_time(),
                  trial.state() == v1::Trial::LEASED);
        EXPECT_EQ(trial.has_end_time(), IsFinal(trial.state()));
        if (trial.state() == v1::Trial::LEASED) {
          EXPECT_TRUE(held.insert(trial.fencing_token()).second);
          const auto& worker = scheduler_->workers().at(trial.worker());
          EXPECT_THAT(worker.trials(), testing::Contains(trial.name()));
        }
        if (completed_trials_.contains(trial.name())) {
          EXPECT_TRUE(IsFinal(trial.state())) << trial.ShortDebugString();
        }
      }
      EXPECT_TRUE(
          MessageDifferencer::Equals(counts, state.campaign.trial_counts()))
          << name << ": " << counts.ShortDebugString() << " against "
          << state.campaign.trial_counts().ShortDebugString();
      EXPECT_EQ(pending, state.pending.size());
      if (state.campaign.state() == v1::Campaign::CANCELLED) {
        EXPECT_EQ(pending, 0);
      }
      if (state.campaign.state() == v1::Campaign::COMPLETED) {
        EXPECT_EQ(pending + counts.leased(), 0);
      }
    }
    size_t listed = 0;
    for (const auto& [name, worker] : scheduler_->workers()) {
      listed += worker.trials_size();
    }
    EXPECT_EQ(listed, held.size());
  }

  // What a new scheduler loads is what this one holds. Ends of leases are
  // longer there, by design.
  void CheckReload() {
    const auto before = scheduler_->campaigns();
    const auto workers = scheduler_->workers();
    Restart();
    ASSERT_EQ(before.size(), scheduler_->campaigns().size());
    for (const auto& [name, state] : before) {
      const CampaignState& loaded = scheduler_->campaigns().at(name);
      EXPECT_TRUE(MessageDifferencer::Equals(state.campaign, loaded.campaign));
      EXPECT_EQ(state.pending, loaded.pending);
      ASSERT_EQ(state.trials.size(), loaded.trials.size());
      for (size_t i = 0; i < state.trials.size(); ++i) {
        v1::Trial a = state.trials[i], b = loaded.trials[i];
        a.clear_lease_expire_time();
        b.clear_lease_expire_time();
        EXPECT_TRUE(MessageDifferencer::Equals(a, b))
            << a.ShortDebugString() << " against " << b.ShortDebugString();
      }
    }
    ASSERT_EQ(workers.size(), scheduler_->workers().size());
    for (const auto& [name, worker] : workers) {
      EXPECT_TRUE(
          MessageDifferencer::Equals(worker, scheduler_->workers().at(name)));
    }
  }

  std::mt19937 random_{static_cast<uint32_t>(GetParam())};
  int64_t last_request_ = 0;
  std::set<std::string> names_;
  std::vector<v1::Lease> leases_;
  std::map<std::string, int64_t> tokens_;  // newest of each trial
  std::set<int64_t> all_tokens_;
  std::set<int64_t> completed_;
  std::set<std::string> completed_trials_;
};

TEST_P(RandomOperations, KeepTheInvariantsAndCanBeRebuilt) {
  for (int step = 0; step < 300; ++step) {
    Step();
    // The passing of time is committed like a verb.
    scheduler_->ExpireLeases();
    Commit();
    CheckInvariants();
    if (step % 20 == 0) CheckReload();
    if (HasFailure()) {
      FAIL() << "seed " << GetParam() << ", step " << step;
    }
  }
  EXPECT_GT(completed_trials_.size(), 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomOperations, testing::Range(1, 13));

}  // namespace
}  // namespace isoshape
