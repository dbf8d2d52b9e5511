#include "common/threads/background_thread.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

namespace isoshape {
namespace {

TEST(BackgroundThreadTest, LowersItselfAndWhatItStarts) {
  const int before = getpriority(PRIO_PROCESS, 0);
  int itself = -100;
  int child = -100;
  std::thread([&] {
    BecomeBackgroundThread();
    itself = getpriority(PRIO_PROCESS, 0);
    std::thread([&] { child = getpriority(PRIO_PROCESS, 0); }).join();
  }).join();
  EXPECT_GE(itself, 10);
  EXPECT_EQ(child, itself);
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before);
}

}  // namespace
}  // namespace isoshape
