#include "coordinator/services/changes/watch_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
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
  void Send(std::vector<v1::CampaignEvent> events) override {
    absl::MutexLock lock(&mutex_);
    for (const auto& event : events) sent_.push_back(event.sequence());
  }
  void End(const absl::Status& status) override {
    absl::MutexLock lock(&mutex_);
    end_ = status;
  }

  absl::Mutex mutex_;
  std::vector<int64_t> sent_;
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
