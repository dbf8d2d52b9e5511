#include "common/retry_delay.h"

#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "common/status_details.h"

namespace isoshape {
namespace {

constexpr char kUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

TEST(RetryDelayTest, TheBytesAreGoogleRpcRetryInfo) {
  const absl::Status status = WithRetryDelay(
      absl::ResourceExhaustedError("busy"), absl::Milliseconds(2500));
  // retry_delay { seconds: 2 nanos: 500000000 }
  EXPECT_EQ(std::string(*status.GetPayload(kUrl)),
            std::string("\x0a\x08\x08\x02\x10\x80\xca\xb5\xee\x01", 10));
  EXPECT_EQ(RetryDelayOf(status), absl::Milliseconds(2500));
}

TEST(RetryDelayTest, ItComesBackOverTheNetwork) {
  absl::Status received = absl::ResourceExhaustedError("busy");
  SetStatusDetails(StatusDetails(WithRetryDelay(received, absl::Seconds(3))),
                   received);
  EXPECT_EQ(RetryDelayOf(received), absl::Seconds(3));
}

TEST(RetryDelayTest, WhatIsNoneOrCannotBeMeantIsNoDelay) {
  absl::Status status = absl::ResourceExhaustedError("too large");
  EXPECT_EQ(RetryDelayOf(status), absl::ZeroDuration());
  EXPECT_EQ(RetryDelayOf(absl::OkStatus()), absl::ZeroDuration());
  status.SetPayload(kUrl, absl::Cord("\x0a\x7fxx"));
  EXPECT_EQ(RetryDelayOf(status), absl::ZeroDuration());
  status.SetPayload(kUrl, absl::Cord("\x0a\x03\x08\xff"));
  EXPECT_EQ(RetryDelayOf(status), absl::ZeroDuration());
  // An hour, or -1 s, is no time that a command waits for.
  EXPECT_EQ(RetryDelayOf(WithRetryDelay(status, absl::Hours(1))),
            absl::Minutes(1));
  EXPECT_EQ(RetryDelayOf(WithRetryDelay(status, -absl::Seconds(1))),
            absl::Minutes(1));
}

}  // namespace
}  // namespace isoshape
