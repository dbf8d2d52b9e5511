#include "coordinator/services/changes/watch_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/status/retry_after.h"

namespace isoshape {
namespace {

using Place = WatchPlaces::Place;

// As many as the caller is given.
std::vector<Place> TakeAll(WatchPlaces& places, const std::string& who) {
  std::vector<Place> taken;
  while (true) {
    absl::StatusOr<Place> place = places.Take(who);
    if (!place.ok()) return taken;
    taken.push_back(*std::move(place));
  }
}

TEST(WatchPlacesTest, NobodyTakesAllTheRoom) {
  WatchPlaces places(16);
  const std::vector<Place> first = TakeAll(places, "a");
  EXPECT_EQ(first.size(), 8u);
  const std::vector<Place> second = TakeAll(places, "b");
  EXPECT_EQ(second.size(), 4u);
  EXPECT_EQ(TakeAll(places, "c").size(), 2u);
  const absl::Status refusal = places.Take("a").status();
  EXPECT_EQ(refusal.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refusal.message()),
              testing::HasSubstr("has 12 streams that watch, 8 of them yours"));
  EXPECT_TRUE(RetryAfter(refusal).has_value());
}

TEST(WatchPlacesTest, APlaceIsFreeAgainWhenItIsLetGoOfAlsoAfterTheEnd) {
  auto places = std::make_unique<WatchPlaces>(4);
  std::vector<Place> taken = TakeAll(*places, "a");
  ASSERT_EQ(taken.size(), 2u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(places->Take("a").ok());
    taken.pop_back();
    absl::StatusOr<Place> next = places->Take("a");
    ASSERT_TRUE(next.ok()) << next.status();
    taken.push_back(*std::move(next));
  }
  places.reset();
  taken.clear();
}

// A thousand terminals of one host, and as many pages of another, are served.
TEST(WatchPlacesTest, ThereIsRoomForAThousandOfSeveralCallers) {
  WatchPlaces places;
  std::vector<Place> taken;
  for (const char* who : {"a", "b", "c", "d"}) {
    for (int i = 0; i < 1000; ++i) {
      absl::StatusOr<Place> place = places.Take(who);
      ASSERT_TRUE(place.ok()) << who << " " << i << " " << place.status();
      taken.push_back(*std::move(place));
    }
  }
}

TEST(WatchPlacesTest, ThreadsThatTakeAndLetGoLeaveAllFree) {
  WatchPlaces places(16);
  std::vector<std::thread> threads;
  for (const char* who : {"a", "b", "c"}) {
    threads.emplace_back([&places, who] {
      for (int i = 0; i < 1000; ++i) EXPECT_FALSE(TakeAll(places, who).empty());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(TakeAll(places, "a").size(), 8u);
}

}  // namespace
}  // namespace isoshape
