#ifndef ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_EXECUTOR_STAGING_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_EXECUTOR_STAGING_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/coordinator/scheduler/executor_fixture.h"
#include "tests/coordinator/staging_store.h"

namespace isoshape {

// Does something with the scheduler, notifies when that is done, and what was
// answered.
class CallOperation : public Executor::Operation {
 public:
  using Verb = std::function<absl::Status(Scheduler&)>;
  CallOperation(Verb verb, absl::Notification* applied, Answer* answer)
      : verb_(std::move(verb)), applied_(applied), answer_(answer) {}
  bool Apply(Scheduler& scheduler) override {
    status_ = verb_(scheduler);
    if (applied_ != nullptr) applied_->Notify();
    return true;
  }
  void Reply(const absl::Status& committed) override {
    answer_->status = committed.ok() ? status_ : committed;
    answer_->done.Notify();
  }

 private:
  const Verb verb_;
  absl::Notification* const applied_;
  Answer* const answer_;
  absl::Status status_;
};

// The executor over a store that commits in two steps.
class ExecutorStagingTest : public testing::Test {
 public:
  // Changes the row of a worker, for which no plan is made.
  static CallOperation::Verb Register(const std::string& name) {
    v1::RegisterWorkerRequest request;
    request.mutable_worker()->set_name("workers/" + name);
    request.mutable_worker()->add_datasets("text");
    return [request](Scheduler& scheduler) {
      return scheduler.RegisterWorker(request).status();
    };
  }

 protected:
  static constexpr size_t kGroup = 8;

  ExecutorStagingTest() {
    Executor::Options options;
    options.scheduler = {
        .store = &store_, .clock = &clock_, .lease_duration = kLease};
    options.on_commit = [this](const std::vector<Mutation>& mutations) {
      NoteTold(mutations);
    };
    auto started = Executor::Start(std::move(options));
    EXPECT_TRUE(started.ok()) << started.status();
    executor_ = *std::move(started);
  }
  ~ExecutorStagingTest() override { executor_.reset(); }

  void Call(CallOperation::Verb verb, Answer* answer) {
    executor_->Submit(
        std::make_unique<CallOperation>(std::move(verb), nullptr, answer));
  }
  // The same, and returns when it is applied: what is submitted after this is
  // of another group.
  void Apply(CallOperation::Verb verb, Answer* answer) {
    absl::Notification applied;
    executor_->Submit(
        std::make_unique<CallOperation>(std::move(verb), &applied, answer));
    applied.WaitForNotification();
  }
  static absl::Status Nothing(Scheduler& /*scheduler*/) {
    return absl::OkStatus();
  }
  absl::Status CallAndWait(CallOperation::Verb verb) {
    Answer answer;
    Call(std::move(verb), &answer);
    answer.done.WaitForNotification();
    return answer.status;
  }
  // Registers `a0`, ... in one group, too many for the executor to answer
  // itself, and returns when the disk holds up their commit.
  void HoldGroup() {
    executor_->Submit(std::make_unique<OrderOperation>(
        "first", Executor::Operation::Urgency::kCall, &shared_, &first_));
    shared_.begun.WaitForNotification();
    for (size_t i = 0; i < kGroup; ++i) {
      Call(Register(absl::StrCat("a", i)), &held_[i]);
    }
    store_.Hold();
    shared_.go_on.Notify();
    store_.AwaitHeld();
  }
  // Whether as many wait for their turn or for the disk, as soon as what was
  // applied is handed over.
  bool AreQueued(size_t count) {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (executor_->load().queued < static_cast<int64_t>(count)) {
      if (absl::Now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  // Expects this code for all of HoldGroup.
  void ExpectHeld(absl::StatusCode code) {
    for (Answer& answer : held_) {
      answer.done.WaitForNotification();
      EXPECT_EQ(answer.status.code(), code);
    }
    first_.done.WaitForNotification();
  }
  // The workers whose rows were staged, in that order.
  std::vector<std::string> order_of_commits() {
    return store_.staged_workers();
  }
  // The workers whose registrations on_commit was told of, in that order.
  std::vector<std::string> told() {
    absl::MutexLock lock(&mutex_);
    return told_;
  }

 private:
  void NoteTold(const std::vector<Mutation>& mutations) {
    absl::MutexLock lock(&mutex_);
    for (const Mutation& mutation : mutations) {
      const auto* const put = std::get_if<PutWorker>(&mutation);
      if (put == nullptr) continue;
      told_.push_back(put->worker.name());
      EXPECT_TRUE(store_.HasOnDisk(put->worker.name()));
    }
  }

  absl::Mutex mutex_;
  std::vector<std::string> told_ ABSL_GUARDED_BY(mutex_);
  OrderOperation::Shared shared_;
  Answer first_;
  std::vector<Answer> held_ = std::vector<Answer>(kGroup);

 protected:
  FakeClock clock_;
  StagingStore store_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_EXECUTOR_STAGING_FIXTURE_H_
