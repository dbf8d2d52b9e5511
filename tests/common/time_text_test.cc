#include "common/time_text.h"

#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

TEST(TimeTextTest, IsUtcToTheSecond) {
  EXPECT_EQ(UtcText(absl::FromUnixMillis(2'000'000'000'999)),
            "2033-05-18T03:33:20Z");
  EXPECT_EQ(UtcText(absl::UnixEpoch()), "1970-01-01T00:00:00Z");
}

TEST(TimeTextTest, CanBeReadAgain) {
  const absl::Time time = absl::FromUnixSeconds(1'700'000'000);
  absl::Time read;
  std::string error;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, UtcText(time), &read, &error))
      << error;
  EXPECT_EQ(read, time);
}

}  // namespace
}  // namespace isoshape
