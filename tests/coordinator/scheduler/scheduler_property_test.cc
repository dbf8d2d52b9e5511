// After each of many random operations the invariants of docs/lease-states.md
// hold, and a new scheduler loads what the old one held.
#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"
#include "tests/coordinator/scheduler/random_operations.h"

namespace isoshape {
namespace {

using ::google::protobuf::util::MessageDifferencer;

class SchedulerProperties : public RandomOperations {
 protected:
  SchedulerProperties() {
    // All of those that are over stay in memory, none, or some.
    constexpr size_t kMost[] = {1000, 0, 20};
    max_ended_trials_ = kMost[GetParam() % 3];
    Restart();
  }

  void CheckInvariants() {
    std::set<int64_t> held;
    for (const auto& [name, state] : scheduler_->campaigns()) {
      v1::TrialCounts counts;
      size_t pending = 0;
      for (const v1::Trial& trial : TrialsOf(name)) {
        // What was imported is in no count.
        if (!IsTrainedHere(trial)) {
          if (state.has_trials) {
            EXPECT_EQ(MakeTrialName(name, state.imported.at(trial.source())),
                      trial.name());
          }
          continue;
        }
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
        const Held& known = held_[trial.name()];
        EXPECT_EQ(trial.state() == v1::Trial::LEASED, known.live)
            << trial.name();
        if (known.live) {
          EXPECT_EQ(trial.fencing_token(), known.token);
        }
        if (const auto it = completed_.find(trial.name());
            it != completed_.end()) {
          EXPECT_EQ(trial.state(), it->second) << trial.ShortDebugString();
        }
      }
      EXPECT_TRUE(
          MessageDifferencer::Equals(counts, state.campaign.trial_counts()))
          << name << ": " << counts.ShortDebugString() << " against "
          << state.campaign.trial_counts().ShortDebugString();
      EXPECT_EQ(pending, state.pending.all().size());
      if (state.campaign.state() == v1::Campaign::CANCELLED) {
        EXPECT_EQ(pending, 0);
      }
      if (HasEnded(state.campaign)) {
        EXPECT_EQ(pending + counts.leased(), 0);
      }
      EXPECT_EQ(state.campaign.missing().empty(),
                state.campaign.state() != v1::Campaign::INCOMPLETE);
    }
    size_t listed = 0;
    for (const auto& [name, worker] : scheduler_->workers()) {
      listed += worker.trials_size();
    }
    EXPECT_EQ(listed, held.size());
    size_t resting = 0, campaigns = 0;  // that are over and in memory
    for (const auto& [name, state] : scheduler_->campaigns()) {
      if (state.MayRest()) {
        resting += state.trials.size();
        ++campaigns;
      }
      let_go_ += state.has_trials ? 0 : 1;
    }
    // One that is larger than all that may rest stays as long as it is in use.
    if (max_ended_trials_ == 0 || campaigns > 1) {
      EXPECT_LE(resting, max_ended_trials_);
    }
  }

  // What a new scheduler loads is what this one holds. Ends of leases are
  // longer there, by design.
  void CheckReload() {
    struct Held {
      v1::Campaign campaign;
      PendingTrials pending;
      std::map<std::string, int64_t> imported;
      bool has_trials = false;
    };
    std::map<std::string, Held> before;
    std::map<std::string, std::vector<v1::Trial>> trials;
    for (const auto& [name, state] : scheduler_->campaigns()) {
      before[name] = {state.campaign, state.pending, state.imported,
                      state.has_trials};
      trials[name] = TrialsOf(name);
    }
    const auto workers = scheduler_->workers();
    Reload();
    ASSERT_EQ(before.size(), scheduler_->campaigns().size());
    for (const auto& [name, state] : before) {
      const CampaignState& loaded = scheduler_->campaigns().at(name);
      EXPECT_TRUE(MessageDifferencer::Equals(state.campaign, loaded.campaign));
      EXPECT_EQ(state.pending, loaded.pending);
      if (state.has_trials && loaded.has_trials) {
        EXPECT_EQ(state.imported, loaded.imported);
      }
      const std::vector<v1::Trial> trials_loaded = TrialsOf(name);
      ASSERT_EQ(trials[name].size(), trials_loaded.size());
      for (size_t i = 0; i < trials_loaded.size(); ++i) {
        v1::Trial a = trials[name][i], b = trials_loaded[i];
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

  void TrainAllBy(const std::string& worker) {
    v1::ReadmitWorkerRequest readmit;
    readmit.set_name(worker);
    ASSERT_TRUE(Do(&Scheduler::ReadmitWorker, readmit).ok());
    for (int round = 0; round < 10000; ++round) {
      const std::vector<v1::Lease> leases = Lease(worker, 64);
      if (leases.empty()) break;
      for (const v1::Lease& lease : leases) {
        EXPECT_FALSE(completed_.contains(lease.trial().name()));
        const auto done = Do(&Scheduler::CompleteTrial,
                             Success(lease, LossOf(lease.trial())));
        ASSERT_TRUE(done.ok()) << done.status();
      }
    }
  }

  int let_go_ = 0;  // campaigns without trials in memory that were seen

  // A worker that works takes every campaign to its end.
  void FinishEverything() {
    Register("workers/last");
    for (const std::string& name : names_) {
      v1::ResumeCampaignRequest resume;
      resume.set_name(name);
      (void)Do(&Scheduler::ResumeCampaign, resume);
    }
    clock_.Advance(kLongest + kLease);
    ExpireLeases();
    // Those that wait for one of these alone.
    for (const char* name : {"workers/0", "workers/1", "workers/2"}) {
      Register(name);
      TrainAllBy(name);
    }
    TrainAllBy("workers/last");
    for (const std::string& name : names_) {
      const v1::Campaign& campaign = GetCampaign(name);
      EXPECT_TRUE(IsOver(campaign)) << campaign.ShortDebugString();
    }
  }
};

TEST_P(SchedulerProperties, KeepTheInvariantsAndCanBeRebuilt) {
  for (int step = 0; step < 500; ++step) {
    Step();
    ExpireLeases();
    CheckInvariants();
    if (step % 25 == 0) CheckReload();
    if (HasFailure()) {
      FAIL() << "seed " << GetParam() << ", step " << step;
    }
  }
  // Otherwise nothing was shown.
  EXPECT_GT(completed_.size(), 2);
  EXPECT_GT(refused_, 20);
  EXPECT_GT(expired_, 2);
  EXPECT_GT(revived_, 0);
  EXPECT_GT(stretched_, 0);
  FinishEverything();
  CheckInvariants();
  EXPECT_TRUE(let_go_ > 0 || max_ended_trials_ > 0);
  CheckReload();
  EXPECT_FALSE(HasFailure()) << "seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, SchedulerProperties, testing::Range(1, 25));

}  // namespace
}  // namespace isoshape
