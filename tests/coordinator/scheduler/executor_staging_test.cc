// The executor over a store that commits in two steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "tests/coordinator/scheduler/executor_fixture.h"

namespace isoshape {
namespace {

// Finish commits what was staged.
class StagingStore : public MemoryStore {
 public:
  absl::Status Stage(
      const std::shared_ptr<const std::vector<Mutation>>& mutations) override {
    absl::MutexLock lock(&mutex_);
    if (!failed_.ok()) return failed_;
    staged_.push_back(mutations);
    return absl::OkStatus();
  }
  absl::Status Finish() override {
    std::vector<std::shared_ptr<const std::vector<Mutation>>> staged;
    {
      absl::MutexLock lock(&mutex_);
      if (!failed_.ok()) return failed_;
      staged = std::exchange(staged_, {});
    }
    for (const auto& mutations : staged) {
      const absl::Status status = Commit(*mutations);
      if (status.ok()) continue;
      absl::MutexLock lock(&mutex_);
      return failed_ = status;
    }
    return absl::OkStatus();
  }
  void TakeBack() override {
    absl::MutexLock lock(&mutex_);
    staged_.clear();
    failed_ = absl::OkStatus();
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::shared_ptr<const std::vector<Mutation>>> staged_
      ABSL_GUARDED_BY(mutex_);
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
};

// Registers a worker, for which no plan is made.
class RegisterOperation : public Executor::Operation {
 public:
  RegisterOperation(const std::string& name, Answer* answer) : answer_(answer) {
    request_.mutable_worker()->set_name("workers/" + name);
    request_.mutable_worker()->add_datasets("text");
  }
  bool Apply(Scheduler& scheduler) override {
    status_ = scheduler.RegisterWorker(request_).status();
    return true;
  }
  void Reply(const absl::Status& committed) override {
    answer_->status = committed.ok() ? status_ : committed;
    answer_->done.Notify();
  }

 private:
  v1::RegisterWorkerRequest request_;
  Answer* const answer_;
  absl::Status status_;
};

class ExecutorStagingTest : public testing::Test {
 protected:
  ExecutorStagingTest() {
    Executor::Options options;
    options.scheduler = {
        .store = &store_, .clock = &clock_, .lease_duration = kLease};
    auto started = Executor::Start(std::move(options));
    EXPECT_TRUE(started.ok()) << started.status();
    executor_ = *std::move(started);
  }
  // Submits calls of one group, too many for the executor to answer itself.
  void SubmitGroup(const std::string& name, std::vector<Answer>* answers) {
    executor_->Submit(std::make_unique<OrderOperation>(
        "first", Executor::Operation::Urgency::kCall, &shared_, &first_));
    shared_.begun.WaitForNotification();
    for (size_t i = 0; i < answers->size(); ++i) {
      executor_->Submit(std::make_unique<RegisterOperation>(
          absl::StrCat(name, i), &(*answers)[i]));
    }
    shared_.go_on.Notify();
  }

  FakeClock clock_;
  StagingStore store_;
  OrderOperation::Shared shared_;
  Answer first_;
  std::unique_ptr<Executor> executor_;
};

// Notifies when it is applied, and when it is answered.
class AppliedOperation : public Executor::Operation {
 public:
  AppliedOperation(absl::Notification* applied, Answer* answer)
      : applied_(applied), answer_(answer) {}
  bool Apply(Scheduler& /*scheduler*/) override {
    applied_->Notify();
    return true;
  }
  void Reply(const absl::Status& committed) override {
    answer_->status = committed;
    answer_->done.Notify();
  }

 private:
  absl::Notification* const applied_;
  Answer* const answer_;
};

TEST_F(ExecutorStagingTest, TheNextIsAppliedWhileACommitIsFinished) {
  std::vector<Answer> answers(8);
  store_.Hold();
  SubmitGroup("a", &answers);
  store_.AwaitHeld();
  absl::Notification applied;
  Answer next;
  executor_->Submit(std::make_unique<AppliedOperation>(&applied, &next));
  applied.WaitForNotification();
  // It changes nothing, and waits for those before it all the same.
  EXPECT_FALSE(next.done.HasBeenNotified());
  EXPECT_FALSE(answers[0].done.HasBeenNotified());
  EXPECT_FALSE(store_.GetWorker("workers/a0").ok());
  store_.Release();
  next.done.WaitForNotification();
  EXPECT_TRUE(next.status.ok());
  for (Answer& answer : answers) {
    ASSERT_TRUE(answer.done.HasBeenNotified());
    EXPECT_TRUE(answer.status.ok());
  }
}

TEST_F(ExecutorStagingTest, WhatIsBehindACommitThatFailsFailsWithIt) {
  store_.Hold();
  store_.PlanFaults({MemoryStore::Fault::kRefuse});
  std::vector<Answer> answers(8);
  SubmitGroup("a", &answers);
  store_.AwaitHeld();
  absl::Notification applied;
  Answer next;
  executor_->Submit(std::make_unique<AppliedOperation>(&applied, &next));
  applied.WaitForNotification();
  store_.Release();
  for (Answer* answer : {&answers[0], &answers[7], &next}) {
    answer->done.WaitForNotification();
    EXPECT_EQ(answer->status.code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_EQ(store_.GetWorker("workers/a0").status().code(),
            absl::StatusCode::kNotFound);
  Answer again;
  executor_->Submit(std::make_unique<RegisterOperation>("a1", &again));
  again.done.WaitForNotification();
  EXPECT_TRUE(again.status.ok()) << again.status;
  EXPECT_TRUE(store_.GetWorker("workers/a1").ok());
  EXPECT_FALSE(store_.GetWorker("workers/a0").ok());
}

TEST_F(ExecutorStagingTest, AllIsAnsweredBeforeTheEnd) {
  std::vector<Answer> answers(30);
  for (int i = 0; i < 30; ++i) {
    executor_->Submit(
        std::make_unique<RegisterOperation>(absl::StrCat("c", i), &answers[i]));
  }
  executor_.reset();
  for (Answer& answer : answers) {
    ASSERT_TRUE(answer.done.HasBeenNotified());
    EXPECT_TRUE(answer.status.ok());
  }
}

}  // namespace
}  // namespace isoshape
