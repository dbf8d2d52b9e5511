#include "messages/json/proto_time.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(ProtoTimeTest, TimesSurviveTheRoundTrip) {
  for (const absl::Time time :
       {absl::UnixEpoch(), absl::FromUnixNanos(1'700'000'000'123'456'789),
        absl::FromUnixMillis(-1500)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
    // The wire form wants nanos in [0, 1e9), also before 1970.
    EXPECT_GE(ToProto(time).nanos(), 0);
    EXPECT_LT(ToProto(time).nanos(), 1'000'000'000);
  }
}

TEST(ProtoTimeTest, SecondsHaveTheirFraction) {
  EXPECT_EQ(UnixSeconds(ToProto(absl::FromUnixMillis(1'700'000'000'250))),
            1'700'000'000.25);
  EXPECT_EQ(UnixSeconds(ToProto(absl::FromUnixMillis(-1500))), -1.5);
}

TEST(ProtoTimeTest, DurationsSurviveTheRoundTrip) {
  for (const absl::Duration duration :
       {absl::ZeroDuration(), absl::Milliseconds(2500), absl::Hours(30),
        -absl::Milliseconds(1500)}) {
    EXPECT_EQ(FromProto(ToProto(duration)), duration);
  }
}

TEST(ProtoTimeTest, DurationOfTwoAndAHalfSecondsIsSplit) {
  const google::protobuf::Duration proto = ToProto(absl::Milliseconds(2500));
  EXPECT_EQ(proto.seconds(), 2);
  EXPECT_EQ(proto.nanos(), 500'000'000);
}

}  // namespace
}  // namespace isoshape
