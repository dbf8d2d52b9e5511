#include "common/threads/event.h"

#include <gtest/gtest.h>

#include <thread>

namespace isoshape {
namespace {

TEST(EventTest, HappensOnceAndIsSeenByAllWhoWait) {
  Event event;
  EXPECT_FALSE(event.HasBeenNotified());
  EXPECT_FALSE(event.WaitFor(absl::ZeroDuration()));
  EXPECT_FALSE(event.WaitFor(absl::Milliseconds(1)));
  EXPECT_FALSE(event.WaitFor(-absl::InfiniteDuration()));
  int written = 0;
  std::thread other([&] {
    written = 7;
    event.Notify();
  });
  EXPECT_TRUE(event.WaitFor(absl::InfiniteDuration()));
  EXPECT_EQ(written, 7);
  other.join();
  EXPECT_TRUE(event.HasBeenNotified());
  EXPECT_TRUE(event.WaitFor(absl::ZeroDuration()));
}

TEST(TimedCondVarTest, GivesTheLockBackWhileItWaits) {
  absl::Mutex mutex;
  TimedCondVar changed;
  bool ready = false;
  absl::MutexLock lock(&mutex);
  std::thread other([&] {
    absl::MutexLock other_lock(&mutex);
    ready = true;
    changed.Signal();
  });
  while (!ready) changed.WaitFor(&mutex, absl::InfiniteDuration());
  EXPECT_FALSE(changed.WaitFor(&mutex, absl::ZeroDuration()));
  mutex.AssertHeld();
  mutex.Unlock();
  other.join();
  mutex.Lock();
}

}  // namespace
}  // namespace isoshape
