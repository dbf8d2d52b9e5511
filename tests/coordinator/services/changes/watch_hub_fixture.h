#ifndef ISOSHAPE_TESTS_COORDINATOR_SERVICES_CHANGES_WATCH_HUB_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SERVICES_CHANGES_WATCH_HUB_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/threads/clock.h"
#include "coordinator/services/changes/watch_hub.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {

inline constexpr char kWatchedCampaign[] = "campaigns/c";

// Keeps what it is told; asks for more when the test says so.
class FakeCampaignWatcher : public Watcher {
 public:
  explicit FakeCampaignWatcher(
      int64_t after = 0,
      std::function<absl::Status()> standing = [] { return absl::OkStatus(); })
      : Watcher(Request(after), std::move(standing)) {}

  static v1::WatchCampaignRequest Request(int64_t after) {
    v1::WatchCampaignRequest request;
    request.set_name(kWatchedCampaign);
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
    EXPECT_FALSE(end_.has_value()) << "it ended before";
    end_ = status;
  }

  absl::Mutex mutex_;
  std::vector<int64_t> sent_;
  SharedEvents events_;
  std::optional<absl::Status> end_;
};

class CountingStore : public MemoryStore {
 public:
  absl::StatusOr<v1::Campaign> GetCampaign(absl::string_view name) override {
    ++reads;
    return MemoryStore::GetCampaign(name);
  }
  absl::StatusOr<std::vector<v1::CampaignEvent>> ListEvents(
      absl::string_view campaign, const Page<int64_t>& page) override {
    ++reads;
    return MemoryStore::ListEvents(campaign, page);
  }

  std::atomic<int> reads = 0;
};

class WatchHubTest : public testing::Test {
 protected:
  explicit WatchHubTest(Clock* clock = Clock::Real()) : hub_(&store_, clock) {
    PutState(v1::Campaign::RUNNING);
  }
  ~WatchHubTest() override { hub_.Stop(); }

  void Commit(const std::vector<Mutation>& mutations) {
    ASSERT_TRUE(store_.Commit(mutations).ok());
    hub_.OnCommit(mutations);
  }
  void PutState(v1::Campaign::State state) {
    v1::Campaign campaign;
    campaign.set_name(kWatchedCampaign);
    campaign.set_state(state);
    Commit({PutCampaign{campaign}});
  }
  void Append(int64_t sequence) {
    v1::CampaignEvent event;
    event.set_campaign(kWatchedCampaign);
    event.set_sequence(sequence);
    Commit({AppendEvent{event}, PutCounter{"event_sequence", sequence}});
  }

  CountingStore store_;
  WatchHub hub_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SERVICES_CHANGES_WATCH_HUB_FIXTURE_H_
