#include "common/status/retry_after.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/cord.h"
#include "common/status/status_details.h"

namespace isoshape {
namespace {

constexpr char kUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

TEST(RetryAfterTest, TheBytesAreGoogleRpcRetryInfo) {
  absl::Status status = absl::ResourceExhaustedError("busy");
  EXPECT_EQ(RetryAfter(status), std::nullopt);
  SetRetryAfter(absl::Milliseconds(2500), status);
  // retry_delay { seconds: 2 nanos: 500000000 }
  EXPECT_EQ(std::string(*status.GetPayload(kUrl)),
            std::string("\x0a\x08\x08\x02\x10\x80\xca\xb5\xee\x01"));
  absl::Status sent = absl::ResourceExhaustedError("busy");
  SetStatusDetails(StatusDetails(status), sent);
  EXPECT_EQ(RetryAfter(sent), absl::Milliseconds(2500));
}

TEST(RetryAfterTest, WhatIsNoTimeIsNone) {
  const std::string negative =
      "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  for (const std::string& bytes :
       {std::string(), std::string("\x0a"), std::string("\x0a\x02\x08"),
        std::string("\x12\x02\x08\x02"), negative}) {
    absl::Status status = absl::ResourceExhaustedError("busy");
    status.SetPayload(kUrl, absl::Cord(bytes));
    EXPECT_EQ(RetryAfter(status), std::nullopt) << bytes.size();
  }
}

}  // namespace
}  // namespace isoshape
