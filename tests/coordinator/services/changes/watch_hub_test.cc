#include "coordinator/services/changes/watch_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/threads/clock.h"
#include "tests/coordinator/services/changes/watch_hub_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;

using FakeWatcher = FakeCampaignWatcher;

// Built before the hub.
struct WithFakeClock {
  FakeClock clock_;
};
class PacedWatchHubTest : protected WithFakeClock, public WatchHubTest {
 protected:
  PacedWatchHubTest() : WatchHubTest(&clock_) {}
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

TEST_F(WatchHubTest, WhoMayNotBeToldAnyMoreEndsAndTheOthersAreTold) {
  Append(1);
  std::atomic<bool> revoked = false;
  FakeWatcher gone(/*after=*/0, [&] {
    return revoked ? absl::UnauthenticatedError("revoked") : absl::OkStatus();
  });
  FakeWatcher stays;
  for (FakeWatcher* watcher : {&gone, &stays}) {
    ASSERT_TRUE(hub_.Watch(watcher).ok());
    EXPECT_THAT(watcher->TakeSent(), ElementsAre(1));
    hub_.More(watcher);
  }
  revoked = true;
  Append(2);
  EXPECT_EQ(gone.WaitForEnd(), absl::UnauthenticatedError("revoked"));
  EXPECT_THAT(stays.TakeSent(), ElementsAre(2));
  hub_.More(&stays);
  Append(3);
  EXPECT_THAT(stays.TakeSent(), ElementsAre(3));
  hub_.More(&stays);
  hub_.Stop();  // ends the other alone
  EXPECT_EQ(stays.WaitForEnd().code(), absl::StatusCode::kUnavailable);
}

// The next campaign of the name has other events.
TEST_F(WatchHubTest, WhatWasReadOfADeletedCampaignIsForgotten) {
  Append(1);
  FakeWatcher first;
  ASSERT_TRUE(hub_.Watch(&first).ok());
  EXPECT_THAT(first.TakeSent(), ElementsAre(1));
  Commit({DeleteCampaign{kWatchedCampaign}});
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

// Takes all that it can get.
class GreedyWatcher : public Watcher {
 public:
  GreedyWatcher(WatchHub* hub, std::atomic<int64_t>* sent)
      : Watcher(FakeWatcher::Request(0)), hub_(hub), sent_(sent) {}
  void WaitForEnd() { end_.WaitForNotification(); }

 private:
  void Send(SharedEvents events) override {
    *sent_ += static_cast<int64_t>(events->size());
    hub_->More(this);
  }
  void End(const absl::Status&) override { end_.Notify(); }

  WatchHub* const hub_;
  std::atomic<int64_t>* const sent_;
  absl::Notification end_;
};

TEST_F(PacedWatchHubTest, AllTogetherAreSentABudget) {
  constexpr int64_t kEvents = 2000, kWatchers = 10, kPage = 500;
  std::vector<Mutation> mutations;
  for (int64_t i = 1; i <= kEvents; ++i) {
    v1::CampaignEvent event;
    event.set_campaign(kWatchedCampaign);
    event.set_sequence(i);
    mutations.push_back(AppendEvent{event});
  }
  Commit(mutations);
  std::atomic<int64_t> sent = 0;
  std::vector<std::unique_ptr<GreedyWatcher>> watchers;
  for (int64_t i = 0; i < kWatchers; ++i) {
    watchers.push_back(std::make_unique<GreedyWatcher>(&hub_, &sent));
    ASSERT_TRUE(hub_.Watch(watchers.back().get()).ok());
  }
  auto allowed = static_cast<int64_t>(WatchHub::kBurst);
  while (allowed < kEvents * kWatchers) {
    while (sent < allowed) std::this_thread::yield();
    ASSERT_LT(sent, allowed + kPage);
    clock_.Advance(absl::Milliseconds(250));
    allowed += static_cast<int64_t>(WatchHub::kEventsPerSecond / 4);
  }
  while (sent < kEvents * kWatchers) std::this_thread::yield();
  hub_.Stop();
  for (const auto& watcher : watchers) watcher->WaitForEnd();
}

TEST_F(PacedWatchHubTest, ThoseThatSleepAreWokenAFewTimesASecond) {
  Append(1);
  FakeWatcher watcher(/*after=*/1);
  ASSERT_TRUE(hub_.Watch(&watcher).ok());
  // Who comes later is served later: once these have events, that one sleeps.
  FakeWatcher first, second(/*after=*/1), third(/*after=*/2);
  ASSERT_TRUE(hub_.Watch(&first).ok());
  EXPECT_THAT(first.TakeSent(), ElementsAre(1));
  Append(2);
  EXPECT_THAT(watcher.TakeSent(), ElementsAre(2));
  hub_.More(&watcher);
  ASSERT_TRUE(hub_.Watch(&second).ok());
  EXPECT_THAT(second.TakeSent(), ElementsAre(2));
  clock_.Advance(WatchHub::kInterval - absl::Milliseconds(1));
  Append(3);
  Append(4);
  ASSERT_TRUE(hub_.Watch(&third).ok());
  EXPECT_THAT(third.TakeSent(), ElementsAre(3, 4));
  EXPECT_EQ(watcher.Page(), second.Page()) << "it was sent something at once";
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(watcher.TakeSent(), ElementsAre(3, 4));
  hub_.Stop();
  for (FakeWatcher* one : {&watcher, &first, &second, &third}) {
    hub_.More(one);
    EXPECT_EQ(one->WaitForEnd().code(), absl::StatusCode::kUnavailable);
  }
}

TEST_F(WatchHubTest, ThatThereIsNoMoreIsReadOnce) {
  Append(1);
  std::vector<std::unique_ptr<FakeWatcher>> watchers;
  for (int i = 0; i < 20; ++i) {
    watchers.push_back(std::make_unique<FakeWatcher>(/*after=*/1));
    ASSERT_TRUE(hub_.Watch(watchers.back().get()).ok());
  }
  FakeWatcher last;
  ASSERT_TRUE(hub_.Watch(&last).ok());
  EXPECT_THAT(last.TakeSent(), ElementsAre(1));
  EXPECT_EQ(store_.reads, 2 * 2);  // for one of them, and for the last
  // Another commit: it is read again, and nothing is missed.
  PutState(v1::Campaign::COMPLETED);
  for (const auto& watcher : watchers) {
    EXPECT_EQ(watcher->WaitForEnd(), absl::OkStatus());
  }
  hub_.More(&last);
  EXPECT_EQ(last.WaitForEnd(), absl::OkStatus());
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
  Commit({DeleteCampaign{kWatchedCampaign}});
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
