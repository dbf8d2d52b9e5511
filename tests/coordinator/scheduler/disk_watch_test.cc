#include "coordinator/scheduler/disk_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/awaited_log.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr absl::Duration kStall = absl::Seconds(10);

class DiskWatchTest : public testing::Test {
 protected:
  AwaitedLog log_;
  FakeClock clock_;
  DiskWatch disk_{&clock_, kStall};
};

TEST_F(DiskWatchTest, AStallIsCountedOnce) {
  std::optional<DiskWatch::Ask> ask(&disk_);
  clock_.Advance(kStall);
  DiskWatch::Stall stall = disk_.TakeStall();
  EXPECT_EQ(stall.time, absl::ZeroDuration());
  EXPECT_FALSE(stall.goes_on);
  clock_.Advance(absl::Seconds(1));
  stall = disk_.TakeStall();
  EXPECT_EQ(stall.time, kStall + absl::Seconds(1));
  EXPECT_TRUE(stall.goes_on);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(disk_.TakeStall().time, absl::Seconds(5));
  clock_.Advance(absl::Seconds(2));
  ask.reset();
  clock_.Advance(absl::Hours(1));
  stall = disk_.TakeStall();
  EXPECT_EQ(stall.time, absl::Seconds(2));
  EXPECT_FALSE(stall.goes_on);
  EXPECT_EQ(disk_.TakeStall().time, absl::ZeroDuration());
}

// As where one thread finishes commits and another stages them.
TEST_F(DiskWatchTest, WhatStallsAtOnceIsOneStall) {
  std::optional<DiskWatch::Ask> first(&disk_);
  clock_.Advance(absl::Seconds(8));
  std::optional<DiskWatch::Ask> second(&disk_);
  clock_.Advance(absl::Seconds(8));
  first.reset();
  EXPECT_EQ(disk_.TakeStall().time, absl::Seconds(16));
  clock_.Advance(absl::Seconds(8));
  second.reset();
  EXPECT_EQ(disk_.TakeStall().time, absl::Seconds(8));
  EXPECT_FALSE(disk_.TakeStall().goes_on);
}

TEST_F(DiskWatchTest, OneThatAlwaysAnswersInTimeIsNone) {
  std::optional<DiskWatch::Ask> asks[2];
  for (int i = 0; i < 10; ++i) {
    asks[i % 2].reset();
    asks[i % 2].emplace(&disk_);
    clock_.Advance(absl::Seconds(5));
  }
  EXPECT_EQ(disk_.TakeStall().time, absl::ZeroDuration());
}

TEST_F(DiskWatchTest, TellsForHowLongItIsSilent) {
  std::optional<DiskWatch::Ask> ask(&disk_);
  clock_.Advance(DiskWatch::kPatience);
  EXPECT_EQ(disk_.Silence(), absl::ZeroDuration());
  EXPECT_TRUE(disk_.Answers().ok());
  clock_.Advance(absl::Milliseconds(2500));
  EXPECT_EQ(disk_.Silence(), absl::Milliseconds(3500));
  EXPECT_EQ(disk_.Answers().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(disk_.Answers().message()),
              HasSubstr("the database has not answered for 3s,"));
  ask.reset();
  EXPECT_EQ(disk_.Silence(), absl::ZeroDuration());
  EXPECT_TRUE(disk_.Answers().ok());
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(DiskWatchTest, OneThatIsOverBeforeAnybodyLooksIsToldOfAllTheSame) {
  std::optional<DiskWatch::Ask> ask(&disk_);
  clock_.Advance(absl::Seconds(11));
  ask.reset();
  EXPECT_THAT(log_.lines(),
              ElementsAre("the database did not answer for 11s; no lease ended "
                          "for it"));
}

TEST(DiskWatchLogTest, SaysSoWhileItLastsAndWhenItIsOver) {
  AwaitedLog log;
  FakeClock clock;
  DiskWatch disk(&clock, absl::Milliseconds(20));
  for (int i = 0; i < 2; ++i) {
    std::optional<DiskWatch::Ask> ask(&disk);
    clock.Advance(absl::Seconds(3 + i));
    ASSERT_TRUE(log.Await(absl::StrCat("has not answered for ", 3 + i, "s: ")));
    clock.Advance(absl::Minutes(1));
    ask.reset();
    ASSERT_TRUE(log.Await(absl::StrCat("again, after 1m", 3 + i, "s")));
  }
  EXPECT_EQ(log.lines().size(), 4);
}

}  // namespace
}  // namespace isoshape
