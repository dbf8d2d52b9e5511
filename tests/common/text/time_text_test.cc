#include "common/text/time_text.h"

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

TEST(TimeTextTest, LocalTimesSayTheirZone) {
  const absl::Time time = absl::FromUnixSeconds(1'700'000'000);
  absl::Time read;
  std::string error;
  ASSERT_TRUE(
      absl::ParseTime("%Y-%m-%d %H:%M:%S%Ez", LocalText(time), &read, &error))
      << error;
  EXPECT_EQ(read, time);
  EXPECT_TRUE(LocalText(time).ends_with(" " + LocalClockText(time)));
}

TEST(TimeTextTest, WholeSecondsHaveAUnitAlsoIfThereAreNone) {
  EXPECT_EQ(WholeSeconds(absl::Milliseconds(999)), "less than 1s");
  EXPECT_EQ(WholeSeconds(absl::Milliseconds(1999)), "1s");
  EXPECT_EQ(WholeSeconds(absl::Milliseconds(127'400)), "2m7s");
}

TEST(TimeTextTest, DurationsAreWrittenAsTheyAreGiven) {
  for (const char* const text :
       {"90s", "1m30s", "2h30m", "24h", "36h", "30d", "400d"}) {
    const absl::Duration duration = ReadDuration(text).value();
    const std::string written = WrittenDuration(duration);
    EXPECT_EQ(ReadDuration(written).value(), duration) << written;
  }
  EXPECT_EQ(WrittenDuration(absl::Hours(9600)), "400d");
  EXPECT_EQ(WrittenDuration(-absl::Hours(48)), "-2d");
  EXPECT_EQ(WrittenDuration(absl::Hours(36)), "36h");
  EXPECT_EQ(WrittenDuration(absl::Seconds(90)), "1m30s");
  EXPECT_EQ(WrittenDuration(absl::ZeroDuration()), "0");
  EXPECT_EQ(WrittenDuration(absl::InfiniteDuration()), "inf");
}

TEST(ReadDurationTest, TakesUnitsAndDays) {
  EXPECT_EQ(ReadDuration("2h30m").value(), absl::Minutes(150));
  EXPECT_EQ(ReadDuration("1.5d").value(), absl::Hours(36));
  for (const char* const bad :
       {"", "0", "0s", "-3s", "inf", "d", "soon", "5"}) {
    EXPECT_EQ(ReadDuration(bad).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
  EXPECT_EQ(
      ReadDuration("5").status().message(),
      "'5' is not a duration above 0, such as 90s, 10m, 2h30m or 30d; its "
      "unit is missing");
}

}  // namespace
}  // namespace isoshape
