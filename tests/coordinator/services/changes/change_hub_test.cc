#include "coordinator/services/changes/change_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "storage/forgotten_numbers.h"
#include "tests/coordinator/services/changes/change_hub_fixture.h"
#include "tests/coordinator/staging_store.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

// A commit may be read before it is told.
TEST_F(ChangeHubTest, WhoHasReadWhatIsNotToldYetGoesOnFromThere) {
  PutCampaignOf(1);
  std::vector<Mutation> early =
      EventOf(Name(1), 7, v1::CampaignEvent::TRIAL_CHANGED);
  v1::Trial row;
  row.set_name(MakeTrialName(Name(1), 7));
  row.set_seed(sequence_);
  early.insert(early.begin(), PutTrial{row});
  ASSERT_TRUE(store_.Commit(early).ok());
  const auto watcher = Watch(Request(sequence_));
  const v1::ChangeBatch first = watcher->Take();
  EXPECT_FALSE(first.reset());
  EXPECT_EQ(first.sequence(), 2);
  EXPECT_THAT(first.changes(), IsEmpty());
  // Who has not is told of it, and what was stored later.
  const auto behind = Watch(Request(1));
  EXPECT_EQ(behind->Take().sequence(), 1);
  tables_->OnCommit(early);
  hub_->OnCommit(early);
  PutTrialOf(1, 8);
  for (FakeWatcher* one : {watcher.get(), behind.get()}) {
    std::map<int64_t, double> rows;
    int64_t sequence = 1;
    while (sequence < 3) {
      const v1::ChangeBatch batch = one->Take();
      EXPECT_FALSE(batch.reset());
      EXPECT_GE(batch.sequence(), sequence);
      sequence = batch.sequence();
      for (const auto& change : batch.changes()) {
        for (int i = 0; i < change.trials_size(); ++i) {
          rows[change.trials(i)] = change.columns(1).numbers(i);
        }
      }
    }
    EXPECT_EQ(rows.at(8), 3);
    if (one == behind.get()) {
      EXPECT_EQ(rows.at(7), 2);
    }
  }
  watcher->CancelAndWait();
  behind->CancelAndWait();
  // None of this database.
  const auto other = Watch(Request(9));
  EXPECT_TRUE(other->Take().reset());
  other->CancelAndWait();
}

TEST_F(ChangeHubTest, WhoMayNotBeToldAnyMoreEndsAndTheOthersAreTold) {
  PutCampaignOf(1);
  std::atomic<bool> revoked = false;
  FakeWatcher gone(hub_.get(), Request(0), [&] {
    return revoked ? absl::UnauthenticatedError("revoked") : absl::OkStatus();
  });
  ASSERT_TRUE(hub_->Watch(&gone).ok());
  const auto stays = Watch(Request(0));
  gone.Take();
  stays->Take();
  revoked = true;
  PutTrialOf(1, 7);
  EXPECT_EQ(gone.WaitForEnd(), absl::UnauthenticatedError("revoked"));
  hub_->More(&gone);  // the hub would end it once more, if it knew it still
  EXPECT_THAT(TrialsOf(stays->Take().changes(0)), ElementsAre(7));
  PutTrialOf(1, 8);
  EXPECT_THAT(TrialsOf(stays->Take().changes(0)), ElementsAre(8));
  hub_->Stop();  // ends the other alone
  EXPECT_EQ(stays->WaitForEnd().code(), absl::StatusCode::kUnavailable);
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

TEST_F(ChangeHubTest, BatchesThatTakeMuchAreFurtherApart) {
  constexpr absl::Duration kApart = absl::Milliseconds(400);
  // Any batch takes more than that.
  Restart({.share = 1e-12, .most_apart = kApart});
  PutCampaignOf(1);
  const auto watcher = Watch(Request(0));
  watcher->Take();
  const absl::Time begin = absl::Now();
  // The first that a watcher is told of may come at once, and so the next; each
  // one after these in a time of its own.
  for (int i = 0; i < 4; ++i) {
    PutTrialOf(1, i + 1);
    EXPECT_THAT(TrialsOf(watcher->Take().changes(0)), ElementsAre(i + 1));
  }
  EXPECT_GT(absl::Now() - begin, 1.5 * kApart);
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

// What a restore leaves: a watcher knew up to 27 before, and there is more now.
TEST_F(ChangeHubTest, ASequenceThatWasJumpedOverIsAResetAndNoOtherIs) {
  PutCampaignOf(1);
  PutTrialOf(1, 1);
  const auto jump = JumpOfEvents(
      [&](absl::string_view name) { return store_.GetCounter(name); }, 100'000);
  ASSERT_TRUE(jump.ok()) << jump.status();
  ASSERT_TRUE(store_.Commit(*jump).ok());
  sequence_ += 100'000;
  Restart(100);
  for (const bool named : {false, true}) {
    // The first time before anything has happened here.
    const auto told_after = [&](int64_t after) {
      v1::WatchChangesRequest request = Request(after);
      if (named) request.add_campaigns(Name(1));
      const auto watcher = Watch(request);
      const v1::ChangeBatch batch = watcher->Take();
      watcher->CancelAndWait();
      EXPECT_EQ(batch.sequence(), sequence_) << after;
      EXPECT_FALSE(batch.reset() && !batch.changes().empty()) << after;
      if (batch.reset()) return std::vector<int64_t>{-1};
      return batch.changes().empty() ? std::vector<int64_t>()
                                     : TrialsOf(batch.changes(0));
    };
    EXPECT_THAT(told_after(27), ElementsAre(-1));
    EXPECT_THAT(told_after(100'001), ElementsAre(-1));
    if (!named) {
      EXPECT_THAT(told_after(1), ElementsAre(1));
      EXPECT_THAT(told_after(2), IsEmpty());
      EXPECT_THAT(told_after(100'002), IsEmpty());
      PutTrialOf(1, 7);
    }
    EXPECT_THAT(told_after(1), ElementsAre(1, 7));
    EXPECT_THAT(told_after(2), ElementsAre(7));
    EXPECT_THAT(told_after(27), ElementsAre(-1));
    EXPECT_THAT(told_after(100'002), ElementsAre(7));
  }
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

// The threads of gRPC read heartbeats.
TEST(ChangeHubBeginTest, WhoMustNotWaitForTheStoreDoesNot) {
  StagingStore store;
  TableCache tables(TableCache::Options{.store = &store});
  ChangeHub hub({.store = &store, .tables = &tables});
  ASSERT_TRUE(store
                  .Stage(std::make_shared<const std::vector<Mutation>>(
                      std::vector<Mutation>{PutCounter{"n", 1}}))
                  .ok());
  store.Hold();
  v1::WatchChangesRequest request;
  request.add_campaigns("campaigns/none");
  FakeWatcher watcher(&hub, request);
  absl::Notification told;
  absl::Status refused;
  hub.WatchSoon(&watcher, [&](const absl::Status& status) {
    refused = status;
    told.Notify();
  });
  store.AwaitHeld();
  EXPECT_FALSE(told.HasBeenNotified());
  store.Release();
  told.WaitForNotification();
  EXPECT_EQ(refused.code(), absl::StatusCode::kNotFound);
  hub.Stop();
  tables.Stop();
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

}  // namespace
}  // namespace isoshape
