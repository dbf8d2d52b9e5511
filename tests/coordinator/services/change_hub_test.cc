#include "coordinator/services/change_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "messages/resource_name.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Keeps what it is told; asks for more when the test takes it.
class FakeWatcher : public ChangeWatcher {
 public:
  FakeWatcher(ChangeHub* hub, const v1::WatchChangesRequest& request)
      : ChangeWatcher(request), hub_(hub) {}
  // Must have ended, or never have been watched.
  v1::ChangeBatch Take() {
    std::shared_ptr<const SharedBatch> batch;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](FakeWatcher* self) {
            return self->batch_ != nullptr || self->end_.has_value();
          },
          this));
      batch = std::exchange(batch_, nullptr);
    }
    if (batch == nullptr) return {};
    shared_ = batch;
    hub_->More(this);
    return batch->batch();
  }
  void CancelAndWait() {
    hub_->Cancel(this);
    EXPECT_EQ(WaitForEnd().code(), absl::StatusCode::kCancelled);
  }
  absl::Status WaitForEnd() {
    while (true) {
      bool held = false;
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(
            +[](FakeWatcher* self) {
              return self->batch_ != nullptr || self->end_.has_value();
            },
            this));
        if (end_.has_value()) return *end_;
        held = std::exchange(batch_, nullptr) != nullptr;
      }
      if (held) hub_->More(this);
    }
  }
  // The batch that Take returned.
  const std::shared_ptr<const SharedBatch>& shared() const { return shared_; }

 private:
  void Send(std::shared_ptr<const SharedBatch> batch) override {
    absl::MutexLock lock(&mutex_);
    EXPECT_EQ(batch_, nullptr);
    batch_ = std::move(batch);
  }
  void End(const absl::Status& status) override {
    absl::MutexLock lock(&mutex_);
    end_ = status;
  }

  ChangeHub* const hub_;
  absl::Mutex mutex_;
  std::shared_ptr<const SharedBatch> batch_;
  std::shared_ptr<const SharedBatch> shared_;
  std::optional<absl::Status> end_;
};

class ChangeHubTest : public testing::Test {
 protected:
  ChangeHubTest() { Restart(100); }
  ~ChangeHubTest() override { hub_->Stop(); }

  // A coordinator that begins on the same store.
  void Restart(size_t ring, int64_t max_resume = 1000) {
    if (hub_ != nullptr) hub_->Stop();
    hub_.reset();
    if (tables_ != nullptr) tables_->Stop();
    tables_ = std::make_unique<TableCache>(TableCache::Options{&store_});
    hub_ = std::make_unique<ChangeHub>(
        ChangeHub::Options{.store = &store_,
                           .tables = tables_.get(),
                           .ring_entries = ring,
                           .max_resume = max_resume});
  }
  void Commit(const std::vector<Mutation>& mutations) {
    ASSERT_TRUE(store_.Commit(mutations).ok());
    tables_->OnCommit(mutations);
    hub_->OnCommit(mutations);
  }
  static std::string Name(int campaign) {
    return absl::StrCat("campaigns/c", campaign);
  }
  std::vector<Mutation> EventOf(const std::string& campaign, int64_t trial,
                                v1::CampaignEvent::Kind kind) {
    v1::CampaignEvent event;
    event.set_sequence(++sequence_);
    event.set_campaign(campaign);
    event.set_kind(kind);
    if (trial > 0) event.set_trial(MakeTrialName(campaign, trial));
    return {AppendEvent{event}, PutCounter{"event_sequence", sequence_}};
  }
  // As the scheduler does: a deletion takes a number of its own.
  void DeleteOf(int campaign) {
    Commit({DeleteCampaign{Name(campaign)},
            PutCounter{"event_sequence", ++sequence_}});
  }
  void PutCampaignOf(int campaign) {
    v1::Campaign row;
    row.set_name(Name(campaign));
    std::vector<Mutation> mutations = {PutCampaign{row}};
    for (Mutation& m :
         EventOf(row.name(), 0, v1::CampaignEvent::CAMPAIGN_CHANGED)) {
      mutations.push_back(std::move(m));
    }
    Commit(mutations);
  }
  // The trial's seed is the sequence of its last change.
  void PutTrialOf(int campaign, int64_t trial, bool measured = false) {
    std::vector<Mutation> mutations =
        EventOf(Name(campaign), trial,
                measured ? v1::CampaignEvent::TRIAL_MEASURED
                         : v1::CampaignEvent::TRIAL_CHANGED);
    v1::Trial row;
    row.set_name(MakeTrialName(Name(campaign), trial));
    row.set_seed(sequence_);
    mutations.insert(mutations.begin(), PutTrial{row});
    Commit(mutations);
  }
  static v1::WatchChangesRequest Request(int64_t after, bool measured = false) {
    v1::WatchChangesRequest request;
    request.set_after_sequence(after);
    request.set_measured(measured);
    request.add_columns("number");
    request.add_columns("seed");
    request.set_interval_ms(50);
    return request;
  }
  std::unique_ptr<FakeWatcher> Watch(const v1::WatchChangesRequest& request) {
    auto watcher = std::make_unique<FakeWatcher>(hub_.get(), request);
    const absl::Status status = hub_->Watch(watcher.get());
    EXPECT_TRUE(status.ok()) << status;
    return watcher;
  }
  static std::vector<int64_t> TrialsOf(const v1::CampaignChange& change) {
    return {change.trials().begin(), change.trials().end()};
  }

  MemoryStore store_;
  int64_t sequence_ = 0;
  std::unique_ptr<TableCache> tables_;
  std::unique_ptr<ChangeHub> hub_;
};

TEST_F(ChangeHubTest, FirstBatchSaysFromWhereOn) {
  PutCampaignOf(1);
  const auto watcher = Watch(Request(0));
  const v1::ChangeBatch first = watcher->Take();
  EXPECT_EQ(first.sequence(), 1);
  EXPECT_FALSE(first.reset());
  EXPECT_THAT(first.changes(), IsEmpty());
  PutTrialOf(1, 7);
  const v1::ChangeBatch second = watcher->Take();
  EXPECT_EQ(second.sequence(), 2);
  ASSERT_EQ(second.changes_size(), 1);
  EXPECT_EQ(second.changes(0).campaign().name(), "campaigns/c1");
  EXPECT_THAT(TrialsOf(second.changes(0)), ElementsAre(7));
  EXPECT_EQ(second.changes(0).columns(1).numbers(0), 2);
  watcher->CancelAndWait();
}

TEST_F(ChangeHubTest, SlowReaderIsToldTheNewestStateOnce) {
  PutCampaignOf(1);
  const auto watcher = Watch(Request(0));
  watcher->Take();
  PutTrialOf(1, 1);
  // Not taken: what follows is gathered.
  while (watcher->Take().changes().empty()) {
  }
  for (int i = 0; i < 50; ++i) PutTrialOf(1, i % 3 + 1);
  std::map<int64_t, double> rows;
  int batches = 0;
  int64_t sequence = 0;
  while (sequence < sequence_) {
    const v1::ChangeBatch batch = watcher->Take();
    ++batches;
    sequence = batch.sequence();
    for (const auto& change : batch.changes()) {
      EXPECT_LE(change.trials_size(), 3);
      for (int i = 0; i < change.trials_size(); ++i) {
        rows[change.trials(i)] = change.columns(1).numbers(i);
      }
    }
  }
  EXPECT_EQ(rows, (std::map<int64_t, double>{{1, 51}, {2, 52}, {3, 50}}));
  EXPECT_LT(batches, 50);
  watcher->CancelAndWait();
}

TEST_F(ChangeHubTest, MeasurementsAreForThoseWhoAsk) {
  PutCampaignOf(1);
  const auto all = Watch(Request(0, /*measured=*/true));
  const auto states = Watch(Request(0));
  all->Take();
  states->Take();
  PutTrialOf(1, 1, /*measured=*/true);
  EXPECT_THAT(TrialsOf(all->Take().changes(0)), ElementsAre(1));
  PutTrialOf(1, 2);
  EXPECT_THAT(TrialsOf(states->Take().changes(0)), ElementsAre(2));
  all->CancelAndWait();
  states->CancelAndWait();
}

TEST_F(ChangeHubTest, OnlyTheCampaignsThatAreAskedFor) {
  PutCampaignOf(1);
  PutCampaignOf(2);
  v1::WatchChangesRequest request = Request(0);
  request.add_campaigns("campaigns/c2");
  const auto watcher = Watch(request);
  watcher->Take();
  PutTrialOf(1, 1);
  PutTrialOf(2, 5);
  const v1::ChangeBatch batch = watcher->Take();
  ASSERT_EQ(batch.changes_size(), 1);
  EXPECT_EQ(batch.changes(0).campaign().name(), "campaigns/c2");
  watcher->CancelAndWait();
}

TEST_F(ChangeHubTest, EqualWatchersShareABatch) {
  PutCampaignOf(1);
  const auto a = Watch(Request(1));
  const auto b = Watch(Request(1));
  a->Take();
  b->Take();
  // Told at the same tick, unless one of them falls just between two commits.
  for (int i = 0; i < 20; ++i) {
    PutTrialOf(1, 1);
    a->Take();
    b->Take();
    if (a->shared() == b->shared()) break;
  }
  EXPECT_EQ(a->shared(), b->shared());
  EXPECT_EQ(*a->shared()->Event(),
            absl::StrCat(
                "id: ", a->shared()->batch().sequence(), "\ndata: ",
                a->shared()->Event()->substr(a->shared()->Event()->find('{'))));
  a->CancelAndWait();
  b->CancelAndWait();
}

TEST_F(ChangeHubTest, DeletedCampaignsAreToldAndTheirSuccessors) {
  PutCampaignOf(1);
  PutTrialOf(1, 1);
  const auto watcher = Watch(Request(0));
  watcher->Take();
  DeleteOf(1);
  v1::ChangeBatch batch = watcher->Take();
  ASSERT_EQ(batch.changes_size(), 1);
  EXPECT_TRUE(batch.changes(0).deleted());
  EXPECT_EQ(batch.changes(0).campaign().name(), "campaigns/c1");
  PutCampaignOf(1);
  PutTrialOf(1, 4);
  std::vector<int64_t> trials;
  while (trials.empty()) {
    batch = watcher->Take();
    trials = TrialsOf(batch.changes(batch.changes_size() - 1));
  }
  EXPECT_THAT(trials, ElementsAre(4));
  watcher->CancelAndWait();
}

TEST_F(ChangeHubTest, ResumesFromTheStoreAfterARestart) {
  PutCampaignOf(1);
  PutTrialOf(1, 1);
  PutTrialOf(1, 2);
  PutTrialOf(1, 3);
  Restart(100);
  const auto watcher = Watch(Request(2));
  const v1::ChangeBatch batch = watcher->Take();
  EXPECT_FALSE(batch.reset());
  EXPECT_EQ(batch.sequence(), 4);
  EXPECT_THAT(TrialsOf(batch.changes(0)), ElementsAre(2, 3));
  watcher->CancelAndWait();
}

TEST_F(ChangeHubTest, WhatCannotBeToldIsAReset) {
  PutCampaignOf(1);
  PutCampaignOf(2);
  for (int i = 1; i < 20; ++i) PutTrialOf(1, i);
  PutTrialOf(2, 1);
  const auto reset = [&](const v1::WatchChangesRequest& request) {
    const auto watcher = Watch(request);
    const v1::ChangeBatch batch = watcher->Take();
    watcher->CancelAndWait();
    EXPECT_EQ(batch.sequence(), sequence_);
    EXPECT_EQ(batch.reset() && !batch.changes().empty(), false);
    return batch.reset();
  };
  EXPECT_FALSE(reset(Request(1)));
  EXPECT_TRUE(reset(Request(1000)));  // of another database
  Restart(100, /*max_resume=*/10);
  EXPECT_TRUE(reset(Request(1)));  // too many
  EXPECT_FALSE(reset(Request(sequence_ - 9)));
  v1::WatchChangesRequest second = Request(1);
  second.add_campaigns(Name(2));
  EXPECT_FALSE(reset(second));  // of this one there are few
  DeleteOf(2);
  Restart(100);
  EXPECT_TRUE(reset(Request(1)));  // events went with a campaign
  const auto watcher = Watch(second);
  EXPECT_TRUE(watcher->Take().changes(0).deleted());
  watcher->CancelAndWait();
}

TEST_F(ChangeHubTest, RefusesMalformedRequests) {
  const auto code = [&](const v1::WatchChangesRequest& request) {
    FakeWatcher watcher(hub_.get(), request);
    return hub_->Watch(&watcher).code();
  };
  EXPECT_EQ(code(Request(-1)), absl::StatusCode::kInvalidArgument);
  v1::WatchChangesRequest request = Request(0);
  request.add_campaigns("campaigns/none");
  EXPECT_EQ(code(request), absl::StatusCode::kNotFound);
  request.set_campaigns(0, "none");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = Request(0);
  request.add_columns("depht");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = Request(0);
  request.set_interval_ms(49);
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = Request(0);
  for (int i = 0; i < 101; ++i) request.add_campaigns(Name(i));
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
}

TEST_F(ChangeHubTest, StopEndsEveryWatcher) {
  const auto watcher = Watch(Request(0));
  watcher->Take();
  hub_->Stop();
  EXPECT_EQ(watcher->WaitForEnd().code(), absl::StatusCode::kUnavailable);
  FakeWatcher late(hub_.get(), Request(0));
  ASSERT_TRUE(hub_->Watch(&late).ok());
  EXPECT_EQ(late.WaitForEnd().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ChangeHubTest, StoreThatFailsEndsTheWatcher) {
  PutCampaignOf(1);
  const auto watcher = Watch(Request(0));
  watcher->Take();
  store_.FailReads(true);
  tables_->OnCommit({});
  v1::CampaignEvent event;
  event.set_sequence(++sequence_);
  event.set_campaign(Name(1));
  hub_->OnCommit({AppendEvent{event}});
  EXPECT_EQ(watcher->WaitForEnd().code(), absl::StatusCode::kUnavailable);
}

// Whatever is committed, deleted and reconnected in between, who applies the
// batches in their order has what the store has.
TEST_F(ChangeHubTest, PropertyWhoAppliesTheBatchesHasTheState) {
  for (const unsigned seed : {1u, 2u, 3u, 4u}) {
    std::mt19937 random(seed);
    Restart(/*ring=*/seed % 2 == 0 ? 8 : 100);
    // By campaign: trials with their seeds.
    std::map<std::string, std::map<int64_t, double>> model;
    int64_t after = 0;
    std::unique_ptr<FakeWatcher> watcher;
    const auto read_anew = [&] {
      model.clear();
      const auto campaigns = store_.ListCampaigns({});
      for (const v1::Campaign& campaign : *campaigns) {
        auto& trials = model[campaign.name()];
        const auto rows = store_.ListTrials(campaign.name(), {}, {});
        for (const v1::Trial& trial : *rows) {
          trials[ParseTrialName(trial.name())->number] =
              static_cast<double>(trial.seed());
        }
      }
    };
    const auto apply = [&](const v1::ChangeBatch& batch) {
      EXPECT_GE(batch.sequence(), after);
      after = batch.sequence();
      if (batch.reset()) return read_anew();
      for (const v1::CampaignChange& change : batch.changes()) {
        const std::string& name = change.campaign().name();
        if (change.deleted()) {
          model.erase(name);
          continue;
        }
        auto& trials = model[name];
        for (int i = 0; i < change.trials_size(); ++i) {
          trials[change.trials(i)] = change.columns(1).numbers(i);
        }
      }
    };
    read_anew();
    after = sequence_;
    std::set<int> there;
    for (int c = 0; c < 3; ++c) {
      if (store_.GetCampaign(Name(c)).ok()) there.insert(c);
    }
    for (int step = 0; step < 200; ++step) {
      const int campaign = static_cast<int>(random() % 3);
      switch (random() % 12) {
        case 0:
          if (there.erase(campaign) > 0) DeleteOf(campaign);
          break;
        case 1:
          if (watcher != nullptr) watcher->CancelAndWait();
          watcher.reset();
          break;
        case 2:
          if (watcher != nullptr) watcher->CancelAndWait();
          watcher.reset();
          Restart(seed % 2 == 0 ? 8 : 100);
          break;
        case 3:
        case 4:
          if (watcher == nullptr && sequence_ > 0) {
            // 0 would be from now on.
            if (after == 0) read_anew();
            watcher = Watch(Request(after == 0 ? sequence_ : after, true));
            apply(watcher->Take());
          }
          break;
        default:
          if (there.insert(campaign).second) {
            PutCampaignOf(campaign);
          } else {
            PutTrialOf(campaign, static_cast<int64_t>(random() % 5 + 1),
                       random() % 2 == 0);
          }
      }
    }
    if (watcher == nullptr) watcher = Watch(Request(after, true));
    // The last change of all ends the wait.
    PutCampaignOf(9);
    while (after < sequence_) apply(watcher->Take());
    const auto told = model;
    read_anew();
    EXPECT_EQ(told, model) << "seed " << seed;
    watcher->CancelAndWait();
    watcher.reset();
    DeleteOf(9);
  }
}

}  // namespace
}  // namespace isoshape
