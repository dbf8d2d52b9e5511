#include "coordinator/services/changes/watch_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "common/clock.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;

constexpr char kName[] = "campaigns/c";

// Keeps what it is told; asks for more when the test says so.
class FakeWatcher : public Watcher {
 public:
  explicit FakeWatcher(int64_t after = 0) : Watcher(Request(after)) {}

  static v1::WatchCampaignRequest Request(int64_t after) {
    v1::WatchCampaignRequest request;
    request.set_name(kName);
    request.set_after_sequence(after);
    return request;
  }

  // What was sent last.
  const void* Page() {
    absl::MutexLock lock(&mutex_);
    return events_.get();
  }
  // Waits until something was sent; the sequences of it.
  std::vector<int64_t> TakeSent() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](std::vector<int64_t>* sent) { return !sent->empty(); }, &sent_));
    return std::exchange(sent_, {});
  }

  absl::Status WaitForEnd() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](std::optional<absl::Status>* end) { return end->has_value(); },
        &end_));
    return *end_;
  }

 private:
  void Send(SharedEvents events) override {
    absl::MutexLock lock(&mutex_);
    for (const auto& event : *events) sent_.push_back(event.sequence());
    events_ = std::move(events);
  }
  void End(const absl::Status& status) override {
    absl::MutexLock lock(&mutex_);
    end_ = status;
  }

  absl::Mutex mutex_;
  std::vector<int64_t> sent_;
  SharedEvents events_;
  std::optional<absl::Status> end_;
};

class WatchHubTest : public testing::Test {
 protected:
  WatchHubTest() : hub_(&store_) { PutState(v1::Campaign::RUNNING); }
  ~WatchHubTest() override { hub_.Stop(); }

  void Commit(const std::vector<Mutation>& mutations) {
    ASSERT_TRUE(store_.Commit(mutations).ok());
    hub_.OnCommit(mutations);
  }
  void PutState(v1::Campaign::State state) {
    v1::Campaign campaign;
    campaign.set_name(kName);
    campaign.set_state(state);
    Commit({PutCampaign{campaign}});
  }
  void Append(int64_t sequence) {
    v1::CampaignEvent event;
    event.set_campaign(kName);
    event.set_sequence(sequence);
    Commit({AppendEvent{event}});
  }

  MemoryStore store_;
  WatchHub hub_;
};

TEST_F(WatchHubTest, SendsWhatIsThereAndThenWhatComes) {
  Append(1);
  Append(2);
  FakeWatcher watcher(/*after=*/1);
  ASSERT_TRUE(hub_.Watch(&watcher).ok());
  EXPECT_THAT(watcher.TakeSent(), ElementsAre(2));
  hub_.More(&watcher);
  Append(3);
  EXPECT_THAT(watcher.TakeSent(), ElementsAre(3));
  hub_.Cancel(&watcher);
  hub_.More(&watcher);
  EXPECT_EQ(watcher.WaitForEnd().code(), absl::StatusCode::kCancelled);
}

TEST_F(WatchHubTest, WhatSeveralWaitForIsReadOnce) {
  Append(1);
  Append(2);
  std::vector<std::unique_ptr<FakeWatcher>> watchers;
  for (int i = 0; i < 20; ++i) {
    watchers.push_back(std::make_unique<FakeWatcher>());
    ASSERT_TRUE(hub_.Watch(watchers.back().get()).ok());
  }
  for (const auto& watcher : watchers) {
    EXPECT_THAT(watcher->TakeSent(), ElementsAre(1, 2));
    EXPECT_EQ(watcher->Page(), watchers.front()->Page());
  }
}

// The next campaign of the name has other events.
TEST_F(WatchHubTest, WhatWasReadOfADeletedCampaignIsForgotten) {
  Append(1);
  FakeWatcher first;
  ASSERT_TRUE(hub_.Watch(&first).ok());
  EXPECT_THAT(first.TakeSent(), ElementsAre(1));
  Commit({DeleteCampaign{kName}});
  PutState(v1::Campaign::RUNNING);
  Append(7);
  FakeWatcher second;
  ASSERT_TRUE(hub_.Watch(&second).ok());
  EXPECT_THAT(second.TakeSent(), ElementsAre(7));
  hub_.Cancel(&second);
  hub_.More(&second);
  EXPECT_EQ(second.WaitForEnd().code(), absl::StatusCode::kCancelled);
  hub_.Cancel(&first);
  hub_.More(&first);
  EXPECT_EQ(first.WaitForEnd().code(), absl::StatusCode::kCancelled);
}

TEST_F(WatchHubTest, AllTogetherAreSentABudget) {
  constexpr int kEvents = 2000;
  std::vector<Mutation> mutations;
  for (int i = 1; i <= kEvents; ++i) {
    v1::CampaignEvent event;
    event.set_campaign(kName);
    event.set_sequence(i);
    mutations.push_back(AppendEvent{event});
  }
  Commit(mutations);
  constexpr int kWatchers = 10;
  const absl::Duration begin = Clock::Real()->Elapsed();
  std::vector<std::unique_ptr<FakeWatcher>> watchers;
  for (int i = 0; i < kWatchers; ++i) {
    watchers.push_back(std::make_unique<FakeWatcher>());
    ASSERT_TRUE(hub_.Watch(watchers.back().get()).ok());
  }
  for (const auto& watcher : watchers) {
    for (size_t sent = 0; sent < kEvents;) {
      sent += watcher->TakeSent().size();
      hub_.More(watcher.get());
    }
  }
  EXPECT_GE(absl::ToDoubleSeconds(Clock::Real()->Elapsed() - begin),
            (kWatchers * kEvents - WatchHub::kBurst - 1000) /
                WatchHub::kEventsPerSecond);
  hub_.Stop();
  for (const auto& watcher : watchers) {
    EXPECT_EQ(watcher->WaitForEnd().code(), absl::StatusCode::kUnavailable);
  }
}

TEST_F(WatchHubTest, EndsWithTheCampaign) {
  FakeWatcher watcher;
  ASSERT_TRUE(hub_.Watch(&watcher).ok());
  Append(1);
  EXPECT_THAT(watcher.TakeSent(), ElementsAre(1));
  hub_.More(&watcher);
  PutState(v1::Campaign::COMPLETED);
  EXPECT_EQ(watcher.WaitForEnd(), absl::OkStatus());
}

TEST_F(WatchHubTest, EndsIfTheCampaignIsDeleted) {
  FakeWatcher watcher;
  ASSERT_TRUE(hub_.Watch(&watcher).ok());
  Commit({DeleteCampaign{kName}});
  EXPECT_EQ(watcher.WaitForEnd().code(), absl::StatusCode::kNotFound);
}

TEST_F(WatchHubTest, CancelEndsAWatcherThatSleeps) {
  FakeWatcher watcher;
  ASSERT_TRUE(hub_.Watch(&watcher).ok());
  hub_.Cancel(&watcher);
  EXPECT_EQ(watcher.WaitForEnd().code(), absl::StatusCode::kCancelled);
}

TEST_F(WatchHubTest, StopEndsEveryWatcherAndTellsThoseThatSend) {
  Append(1);
  FakeWatcher sending;
  ASSERT_TRUE(hub_.Watch(&sending).ok());
  EXPECT_THAT(sending.TakeSent(), ElementsAre(1));
  EXPECT_TRUE(hub_.Wanted(sending));
  FakeWatcher asleep(/*after=*/1);
  ASSERT_TRUE(hub_.Watch(&asleep).ok());
  hub_.Stop();
  EXPECT_EQ(asleep.WaitForEnd().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(hub_.Wanted(sending));
  hub_.More(&sending);
  EXPECT_EQ(sending.WaitForEnd().code(), absl::StatusCode::kUnavailable);
  FakeWatcher late;
  ASSERT_TRUE(hub_.Watch(&late).ok());
  EXPECT_EQ(late.WaitForEnd().code(), absl::StatusCode::kUnavailable);
}

TEST_F(WatchHubTest, RefusesASequenceThatIsNone) {
  FakeWatcher watcher(/*after=*/-1);
  EXPECT_EQ(hub_.Watch(&watcher).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
