#include "worker/run/slot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

class SlotTest : public RunTest {
 protected:
  SlotTest() {
    auto trainer = std::make_unique<FakeTrainer>(&clock_);
    slot_trainer_ = trainer.get();
    slot_trainer_->on_begin = [this](const std::vector<std::string>& runs) {
      slot_trainer_->Say(SuccessLine(runs[0]));
    };
    slot_trainer_->on_stop = [this](const std::string& run) {
      slot_trainer_->Say(ResultLine(run, Outcome::kStopped));
    };
    owned_ = std::move(trainer);
  }
  // The slot calls `on_free` on a thread of its own; what it shares with the
  // test is looked at before it begins and after it is free or gone.
  std::unique_ptr<Slot> MakeSlot(absl::AnyInvocable<void()> on_free) {
    return std::make_unique<Slot>(std::move(owned_), context_,
                                  std::move(on_free));
  }

  FakeTrainer* slot_trainer_ = nullptr;

 private:
  std::unique_ptr<Trainer> owned_;
};

TEST_F(SlotTest, TakesOneAssignmentAfterAnotherWithOneTrainer) {
  absl::BlockingCounter twice(2);
  absl::Notification once;
  std::atomic<int> freed = 0;
  auto slot = MakeSlot([&] {
    if (freed.fetch_add(1) == 0) once.Notify();
    twice.DecrementCount();
  });
  EXPECT_TRUE(slot->Free());
  slot->Assign({coordinator_.Grant("campaigns/c/trials/1")}, "/data");
  once.WaitForNotification();
  EXPECT_TRUE(slot->Free());
  slot->Assign({coordinator_.Grant("campaigns/c/trials/2")}, "/data");
  twice.Wait();
  EXPECT_EQ(Completed("campaigns/c/trials/1"), v1::Trial::SUCCEEDED);
  EXPECT_EQ(Completed("campaigns/c/trials/2"), v1::Trial::SUCCEEDED);
  EXPECT_EQ(slot_trainer_->starts, 1);
  drain_.Notify();
  slot->Wake();
}

TEST_F(SlotTest, AnIdleSlotEndsWhenItIsWokenToDrain) {
  auto slot = MakeSlot([] {});
  drain_.Notify();
  slot->Wake();
  slot.reset();  // hangs if it was not woken
}

TEST_F(SlotTest, ASlotWhoseTrainerCannotStartHandsItsTrialBackAndEnds) {
  slot_trainer_->start_status = absl::NotFoundError("no such program");
  absl::Notification freed;
  auto slot = MakeSlot([&] { freed.Notify(); });
  slot->Assign({coordinator_.Grant(kTrial)}, "/data");
  drain_.Notify();  // ends the wait for the next attempt
  slot->Wake();
  slot.reset();
  EXPECT_TRUE(freed.HasBeenNotified());
  EXPECT_FALSE(ReleasedAsLost());
  EXPECT_NE(Released(), "not released");
}

TEST_F(SlotTest, ASlotWhoseTrainerCannotStartIsFreeLaterEachTime) {
  slot_trainer_->start_status = absl::NotFoundError("no such program");
  std::vector<absl::Duration> freed;  // after how long
  absl::Mutex mutex;
  auto slot = MakeSlot([&] {
    absl::MutexLock lock(&mutex);
    freed.push_back(clock_.Elapsed());
  });
  for (size_t attempt = 1; attempt <= 8; ++attempt) {
    slot->Assign({coordinator_.Grant(kTrial)}, "/data");
    absl::MutexLock lock(&mutex);
    const auto is_free = [&] { return freed.size() == attempt; };
    mutex.Await(absl::Condition(&is_free));
  }
  // 1 s, doubled up to 60 s, times a random factor in [0.5, 1].
  double limit = 1;
  absl::Duration before;
  for (const absl::Duration at : freed) {
    const double waited = absl::ToDoubleSeconds(at - before);
    EXPECT_GE(waited, limit / 2);
    EXPECT_LE(waited, limit);
    limit = std::min(60.0, 2 * limit);
    before = at;
  }
  drain_.Notify();
  slot->Wake();
}

}  // namespace
}  // namespace isoshape
