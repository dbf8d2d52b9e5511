#include "common/threads/cancellation.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/threads/clock.h"

namespace isoshape {
namespace {

TEST(CancellationTest, BelongsToTheScopesOfItsThread) {
  EXPECT_FALSE(Cancelled());
  Cancellation outer;
  Cancellation inner;
  inner.Cancel();
  {
    const Cancellation::Scope outside(&outer);
    {
      const Cancellation::Scope inside(&inner);
      EXPECT_TRUE(Cancelled());
      bool elsewhere = true;
      std::thread([&] { elsewhere = Cancelled(); }).join();
      EXPECT_FALSE(elsewhere);
    }
    EXPECT_FALSE(Cancelled());
    outer.Cancel();
    EXPECT_TRUE(Cancelled());
    const Cancellation::Scope none(nullptr);
    EXPECT_FALSE(Cancelled());
  }
  EXPECT_FALSE(Cancelled());
}

TEST(CancellationTest, ALimitEndsIt) {
  FakeClock clock;
  const Cancellation limited(absl::Minutes(10), &clock);
  const Cancellation unlimited(absl::InfiniteDuration(), &clock);
  clock.Advance(absl::Minutes(10) - absl::Nanoseconds(1));
  EXPECT_FALSE(limited.cancelled());
  clock.Advance(absl::Nanoseconds(1));
  EXPECT_TRUE(limited.cancelled());
  EXPECT_TRUE(limited.PastLimit());
  EXPECT_FALSE(unlimited.cancelled());
}

TEST(CancellationTest, CancelIsNoLimit) {
  Cancellation cancellation(absl::Minutes(10));
  cancellation.Cancel();
  EXPECT_TRUE(cancellation.cancelled());
  EXPECT_FALSE(cancellation.PastLimit());
}

}  // namespace
}  // namespace isoshape
