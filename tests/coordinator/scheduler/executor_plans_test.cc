// Plans that are made beside the executor: while nothing can be stored, and at
// its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/threads/cancellation.h"
#include "tests/coordinator/scheduler/executor_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Whether this thread's computation is cancelled within the time of a test.
bool IsCancelledSoon() {
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (!Cancelled() && absl::Now() < end) std::this_thread::yield();
  return Cancelled();
}

// Over a store of three live campaigns, which are planned when it is loaded.
class ExecutorPlansTest : public testing::Test {
 protected:
  ExecutorPlansTest() {
    Start();
    for (const std::string id : {"a", "b", "c"}) {
      EXPECT_EQ(Create(id), absl::OkStatus());
    }
    executor_.reset();
    absl::MutexLock lock(&mutex_);
    planned_.clear();
  }

  void Start() {
    Executor::Options options;
    options.scheduler = {
        .store = &store_, .clock = &clock_, .lease_duration = kLease};
    options.plan = [this](const PlanInput& input) { return Make(input); };
    auto started = Executor::Start(std::move(options));
    ASSERT_TRUE(started.ok()) << started.status();
    executor_ = *std::move(started);
  }
  absl::Status Create(const std::string& id) {
    Answer answer;
    executor_->Submit(std::make_unique<CreateOperation>(id, &answer));
    answer.done.WaitForNotification();
    return answer.status;
  }
  // Has the executor take a turn that changes nothing.
  void TakeTurn() {
    EXPECT_EQ(Create("no id").code(), absl::StatusCode::kInvalidArgument);
  }
  // As many commits fail, each of a call.
  void FailCommits(int count) {
    store_.PlanFaults(
        {static_cast<size_t>(count), MemoryStore::Fault::kRefuse});
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(Create(absl::StrCat("refused-", i)).code(),
                absl::StatusCode::kUnavailable);
    }
  }
  // The campaigns whose plans were begun, in that order.
  std::vector<std::string> planned() {
    absl::MutexLock lock(&mutex_);
    return planned_;
  }
  bool AwaitPlanned(size_t count) {
    const auto is_so = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return planned_.size() >= count;
    };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&is_so), absl::Seconds(30));
  }
  // Whether the plans of all three are stored within the time of a test.
  bool AwaitStored() {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    for (const std::string name :
         {"campaigns/a", "campaigns/b", "campaigns/c"}) {
      while (store_.GetCampaign(name)->planner_note() != "planned") {
        if (absl::Now() > end) return false;
        std::this_thread::yield();
      }
    }
    return true;
  }
  // Has the first plan that is begun from now on last until it is cancelled.
  void HoldFirst() {
    absl::MutexLock lock(&mutex_);
    hold_ = true;
  }

 private:
  absl::StatusOr<Plan> Make(const PlanInput& input) {
    bool hold = false;
    {
      absl::MutexLock lock(&mutex_);
      planned_.push_back(input.campaign.name());
      hold = std::exchange(hold_, false);
    }
    if (hold) {
      EXPECT_TRUE(IsCancelledSoon());
      return Plan{.trials = {}, .done = true, .note = "cut short"};
    }
    return Plan{.trials = {}, .note = "planned"};
  }

  absl::Mutex mutex_;
  std::vector<std::string> planned_ ABSL_GUARDED_BY(mutex_);
  bool hold_ ABSL_GUARDED_BY(mutex_) = false;

 protected:
  FakeClock clock_;
  MemoryStore store_;
  std::unique_ptr<Executor> executor_;
};

TEST_F(ExecutorPlansTest, NothingIsPlannedUntilACommitSucceeds) {
  Start();
  for (int i = 0; i < 5; ++i) {
    FailCommits(1);
    TakeTurn();
  }
  EXPECT_THAT(planned(), IsEmpty());
  EXPECT_EQ(Create("d"), absl::OkStatus());
  ASSERT_TRUE(AwaitPlanned(3));
  executor_.reset();
  // Once for the load of the end, and not for each of those before.
  EXPECT_THAT(planned(),
              ElementsAre("campaigns/a", "campaigns/b", "campaigns/c"));
}

TEST_F(ExecutorPlansTest, IfNobodyElseStoresAnythingAPlanIsTheNextTry) {
  Start();
  FailCommits(1);
  TakeTurn();
  EXPECT_THAT(planned(), IsEmpty());
  clock_.Advance(absl::Seconds(1));
  executor_->Poke();
  ASSERT_TRUE(AwaitStored());
  TakeTurn();
  // The longer it lasts, the rarer they are.
  FailCommits(4);
  clock_.Advance(absl::Seconds(7));
  TakeTurn();
  EXPECT_EQ(planned().size(), 3u);
  clock_.Advance(absl::Seconds(1));
  executor_->Poke();
  EXPECT_TRUE(AwaitPlanned(6));
}

TEST_F(ExecutorPlansTest, APlanForWhatIsGoneEndsAndIsMadeAgain) {
  HoldFirst();
  Start();
  executor_->Poke();
  ASSERT_TRUE(AwaitPlanned(1));
  FailCommits(1);
  EXPECT_EQ(Create("d"), absl::OkStatus());
  ASSERT_TRUE(AwaitPlanned(4));
  executor_.reset();
  EXPECT_THAT(planned(), ElementsAre("campaigns/a", "campaigns/a",
                                     "campaigns/b", "campaigns/c"));
  EXPECT_NE(store_.GetCampaign("campaigns/a")->planner_note(), "cut short");
}

TEST_F(ExecutorPlansTest, NoPlanOutlastsTheEnd) {
  HoldFirst();
  Start();
  executor_->Poke();
  ASSERT_TRUE(AwaitPlanned(1));
  executor_.reset();
  EXPECT_THAT(planned(), ElementsAre("campaigns/a"));
  EXPECT_NE(store_.GetCampaign("campaigns/a")->planner_note(), "cut short");
}

TEST_F(ExecutorPlansTest, APreparationIsToldOfTheEnd) {
  Start();
  absl::Notification begun;
  bool told = false;
  bool next_is_told = false;
  ASSERT_TRUE(executor_->Prepare([&] {
    begun.Notify();
    told = IsCancelledSoon();
  }));
  ASSERT_TRUE(executor_->Prepare([&] { next_is_told = Cancelled(); }));
  begun.WaitForNotification();
  executor_.reset();
  EXPECT_TRUE(told);
  EXPECT_TRUE(next_is_told);
}

}  // namespace
}  // namespace isoshape
