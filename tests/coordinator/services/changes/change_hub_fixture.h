#ifndef ISOSHAPE_TESTS_COORDINATOR_SERVICES_CHANGES_CHANGE_HUB_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SERVICES_CHANGES_CHANGE_HUB_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/services/changes/change_hub.h"
#include "messages/names/resource_name.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {

// Keeps what it is told; asks for more when the test takes it.
class FakeWatcher : public ChangeWatcher {
 public:
  FakeWatcher(
      ChangeHub* hub, const v1::WatchChangesRequest& request,
      std::function<absl::Status()> standing = [] { return absl::OkStatus(); })
      : ChangeWatcher(request, std::move(standing)), hub_(hub) {}
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
    EXPECT_FALSE(end_.has_value()) << "it ended before";
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
    Restart({.ring_entries = ring, .max_resume = max_resume});
  }
  void Restart(ChangeHub::Options options) {
    if (hub_ != nullptr) hub_->Stop();
    hub_.reset();
    if (tables_ != nullptr) tables_->Stop();
    tables_ = std::make_unique<TableCache>(TableCache::Options{&store_});
    options.store = &store_;
    options.tables = tables_.get();
    hub_ = std::make_unique<ChangeHub>(options);
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

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SERVICES_CHANGES_CHANGE_HUB_FIXTURE_H_
