#ifndef ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_EXECUTOR_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_EXECUTOR_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "coordinator/scheduler/executor.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {

// A call whose answer the test waits for.
struct Answer {
  absl::Notification done;
  absl::Status status;
  int applied = 0;
};

class CreateOperation : public Executor::Operation {
 public:
  CreateOperation(std::string id, Answer* answer)
      : id_(std::move(id)), answer_(answer) {}
  bool Apply(Scheduler& scheduler) override {
    ++answer_->applied;
    v1::CreateCampaignRequest request;
    *request.mutable_campaign() = SmallCampaign();
    request.set_campaign_id(id_);
    status_ = scheduler.CreateCampaign(request).status();
    return true;
  }
  void Reply(const absl::Status& committed) override {
    answer_->status = committed.ok() ? status_ : committed;
    answer_->done.Notify();
  }

 private:
  const std::string id_;
  Answer* const answer_;
  absl::Status status_;
};

// Waits for a lease.
class WaitOperation : public Executor::Operation {
 public:
  WaitOperation(absl::Duration deadline, Answer* answer,
                std::shared_ptr<std::atomic<bool>> gone =
                    std::make_shared<std::atomic<bool>>(false))
      : deadline_(deadline), answer_(answer), gone_(std::move(gone)) {}
  bool Apply(Scheduler& scheduler) override {
    ++answer_->applied;
    v1::RegisterWorkerRequest known;
    if (!scheduler.workers().contains("workers/a")) {
      known.mutable_worker()->set_name("workers/a");
      known.mutable_worker()->set_slots(64);
      known.mutable_worker()->add_datasets("text");
      EXPECT_TRUE(scheduler.RegisterWorker(known).ok());
    }
    v1::LeaseTrialsRequest request;
    request.set_worker("workers/a");
    request.set_max_trials(1);
    const auto leased = scheduler.LeaseTrials(request);
    EXPECT_TRUE(leased.ok()) << leased.status();
    status_ = leased->leases().empty() ? absl::NotFoundError("nothing")
                                       : absl::OkStatus();
    return status_.ok();
  }
  void Reply(const absl::Status& committed) override {
    answer_->status = committed.ok() ? status_ : committed;
    answer_->done.Notify();
  }
  absl::Duration deadline() const override { return deadline_; }
  bool abandoned() const override { return *gone_; }

 private:
  const absl::Duration deadline_;
  Answer* const answer_;
  const std::shared_ptr<std::atomic<bool>> gone_;
  absl::Status status_;
};

// Creates a campaign and waits until it is asked again.
class CreateAndWaitOperation : public CreateOperation {
 public:
  using CreateOperation::CreateOperation;
  bool Apply(Scheduler& scheduler) override {
    if (created_) return true;
    CreateOperation::Apply(scheduler);
    created_ = true;
    return false;
  }
  absl::Duration deadline() const override { return absl::InfiniteDuration(); }
  bool has_changed() const override { return created_; }

 private:
  bool created_ = false;
};

// Notes the order in which operations are applied; the first holds the thread.
class OrderOperation : public Executor::Operation {
 public:
  struct Shared {
    absl::Mutex mutex;
    std::vector<std::string> applied ABSL_GUARDED_BY(mutex);
    absl::Notification begun;
    absl::Notification go_on;
  };
  OrderOperation(std::string name, Urgency urgency, Shared* shared,
                 Answer* answer)
      : name_(std::move(name)),
        urgency_(urgency),
        shared_(shared),
        answer_(answer) {}
  bool Apply(Scheduler&) override {
    {
      absl::MutexLock lock(&shared_->mutex);
      shared_->applied.push_back(name_);
    }
    if (name_ == "first") {
      shared_->begun.Notify();
      shared_->go_on.WaitForNotification();
    }
    return true;
  }
  void Reply(const absl::Status& committed) override {
    answer_->status = committed;
    answer_->done.Notify();
  }
  Urgency urgency() const override { return urgency_; }

 private:
  const std::string name_;
  const Urgency urgency_;
  Shared* const shared_;
  Answer* const answer_;
};

class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() { Start(); }
  // Over what is stored.
  void Start() {
    Executor::Options options;
    options.scheduler = {
        .store = &store_, .clock = &clock_, .lease_duration = kLease};
    options.max_queue = 32;
    auto started = Executor::Start(std::move(options));
    EXPECT_TRUE(started.ok()) << started.status();
    executor_ = *std::move(started);
  }
  void Create(const std::string& id, Answer* answer) {
    executor_->Submit(std::make_unique<CreateOperation>(id, answer));
  }
  absl::Status CreateAndWait(const std::string& id) {
    Answer answer;
    Create(id, &answer);
    answer.done.WaitForNotification();
    return answer.status;
  }

  FakeClock clock_;
  const std::shared_ptr<MemoryStore::Data> data_ =
      std::make_shared<MemoryStore::Data>();
  MemoryStore store_{data_};
  std::unique_ptr<Executor> executor_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_EXECUTOR_FIXTURE_H_
