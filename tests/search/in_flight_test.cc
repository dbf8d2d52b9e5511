#include "search/in_flight.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(InFlight, HasRoomUpToItsLimitAndAlwaysForTheFirst) {
  PastTrial ended;
  ended.state = PastTrial::State::kFailed;
  PastTrial running;
  running.state = PastTrial::State::kRunning;
  InFlight none({ended}, 4);
  EXPECT_TRUE(none.HasRoom(100));
  none.Add(100);
  EXPECT_FALSE(none.HasRoom(1));
  InFlight two({running, ended, PastTrial()}, 4);
  EXPECT_EQ(two.count(), 2);
  EXPECT_TRUE(two.HasRoom(2));
  EXPECT_FALSE(two.HasRoom(3));
  EXPECT_EQ(WaitingText(1), "waiting for 1 trial");
  EXPECT_EQ(WaitingText(2), "waiting for 2 trials");
}

}  // namespace
}  // namespace isoshape
