#include "coordinator/scheduler/commit_finisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "tests/coordinator/staging_store.h"

namespace isoshape {
namespace {

using testing::ElementsAre;

constexpr absl::Duration kStall = absl::Seconds(10);

class CommitFinisherTest : public testing::Test {
 protected:
  // A group of one call, which notes its name and how it ended.
  CommitFinisher::Group Group(const std::string& name, bool staged = true) {
    if (staged) {
      EXPECT_TRUE(store_
                      .Stage(std::make_shared<const std::vector<Mutation>>(
                          std::vector<Mutation>{PutCounter{name, 1}}))
                      .ok());
    }
    return {.staged = staged,
            .calls = 1,
            .answer = [this, name](const absl::Status& committed) {
              absl::MutexLock lock(&mutex_);
              answers_.push_back(
                  absl::StrCat(name, committed.ok() ? "" : " failed"));
            }};
  }
  std::vector<std::string> answers() {
    absl::MutexLock lock(&mutex_);
    return answers_;
  }

  FakeClock clock_;
  StagingStore store_;
  DiskWatch disk_{&clock_, kStall};
  CommitFinisher finisher_{&store_, &disk_};

 private:
  absl::Mutex mutex_;
  std::vector<std::string> answers_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(CommitFinisherTest, WhoHandsOverWaitsIfManyWait) {
  std::atomic<bool> returned = false;
  bool early = false;
  store_.Hold();
  CommitFinisher::Group first = Group("first");
  first.answer = [&](const absl::Status&) { early = returned; };
  finisher_.HandOver(std::move(first));
  store_.AwaitHeld();
  for (size_t i = 0; i < CommitFinisher::kMostWaiting; ++i) {
    finisher_.HandOver(Group(absl::StrCat(i)));
  }
  std::thread last([&] {
    finisher_.HandOver(Group("last"));
    returned = true;
  });
  while (finisher_.unanswered() < CommitFinisher::kMostWaiting + 2) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(returned);
  store_.Release();
  last.join();
  finisher_.AwaitAnswers();
  EXPECT_FALSE(early);
  EXPECT_THAT(answers(), ElementsAre("0", "1", "2", "3", "last"));
  EXPECT_EQ(finisher_.unanswered(), 0);
}

TEST_F(CommitFinisherTest, TheDiskIsAskedUntilItHasAnswered) {
  store_.Hold();
  finisher_.HandOver(Group("a"));
  store_.AwaitHeld();
  clock_.Advance(kStall + absl::Seconds(1));
  EXPECT_EQ(disk_.Silence(), kStall + absl::Seconds(1));
  EXPECT_TRUE(disk_.TakeStall().goes_on);
  store_.Release();
  finisher_.AwaitAnswers();
  EXPECT_EQ(disk_.Silence(), absl::ZeroDuration());
}

TEST_F(CommitFinisherTest, WhatFailedStaysSoUntilItIsTakenBack) {
  store_.PlanFaults({MemoryStore::Fault::kRefuse});
  store_.Hold();
  finisher_.HandOver(Group("a"));
  store_.AwaitHeld();
  finisher_.HandOver(Group("b"));
  finisher_.HandOver(Group("reads", /*staged=*/false));
  EXPECT_FALSE(finisher_.FinishHere(Group("c")));
  store_.Release();
  finisher_.AwaitAnswers();
  EXPECT_EQ(finisher_.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(finisher_.FinishHere(Group("here", /*staged=*/false)));
  finisher_.Recover();
  EXPECT_TRUE(finisher_.FinishHere(Group("d")));
  EXPECT_THAT(answers(), ElementsAre("a failed", "b failed", "reads failed",
                                     "here failed", "d"));
  EXPECT_EQ(*store_.GetCounter("a") + *store_.GetCounter("b"), 0);
  EXPECT_EQ(*store_.GetCounter("d"), 1);
}

}  // namespace
}  // namespace isoshape
