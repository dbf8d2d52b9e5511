#include "common/net/request_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace isoshape {
namespace {

TEST(RequestIdTest, Is32HexadecimalDigitsThatDifferEachTime) {
  const std::string id = NewRequestId();
  EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(id, NewRequestId());
}

// By the milliseconds since 1970, so that ids of one time lie together.
TEST(RequestIdTest, BeginsWithTheTime) {
  const int64_t before = absl::ToUnixMillis(absl::Now());
  const std::string id = NewRequestId();
  const int64_t time = std::stoll(id.substr(0, 12), nullptr, 16);
  EXPECT_GE(time, before);
  EXPECT_LE(time, absl::ToUnixMillis(absl::Now()));
}

// Coordinators that start in one millisecond differ in it.
TEST(RandomBitsTest, DifferFromTheFirstDigitsOn) {
  const std::string bits = RandomBits();
  EXPECT_EQ(bits.size(), 32u);
  EXPECT_NE(bits.substr(0, 12), RandomBits().substr(0, 12));
}

}  // namespace
}  // namespace isoshape
