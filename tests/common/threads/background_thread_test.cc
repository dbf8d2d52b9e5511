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

TEST(BackgroundThreadTest, WhatNobodyWaitsForYieldsToWhatIsWaitedFor) {
  int background = -100;
  int patient = -100;
  std::thread([&] {
    BecomeBackgroundThread();
    background = getpriority(PRIO_PROCESS, 0);
    BecomePatientThread();
    patient = getpriority(PRIO_PROCESS, 0);
    BecomeBackgroundThread();  // does not raise it
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), patient);
  }).join();
  EXPECT_GE(patient, 15);
  EXPECT_LE(background, patient);
}

}  // namespace
}  // namespace isoshape
