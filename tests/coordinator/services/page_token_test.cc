#include "coordinator/services/page_token.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "coordinator/listen_address.h"

namespace isoshape {
namespace {

TEST(PageToken, ComesBackInItsOwnListingOnly) {
  const std::string token = MakePageToken("trials campaigns/c1 state 0", "17");
  EXPECT_EQ(**ParseNumberToken("trials campaigns/c1 state 0", token), 17);
  for (const char* other :
       {"trials campaigns/c2 state 0", "trials campaigns/c1 state 1",
        "trials campaigns/c1", "measurements campaigns/c1"}) {
    EXPECT_EQ(ParseNumberToken(other, token).status().code(),
              absl::StatusCode::kInvalidArgument)
        << other;
  }
}

TEST(PageToken, RubbishIsRefusedAndEmptyIsTheFirstPage) {
  EXPECT_FALSE(ParsePageToken("campaigns", "")->has_value());
  for (const char* rubbish : {"x", "17", "%%%", "MQpjYW1wYWlnbnM"}) {
    EXPECT_EQ(ParsePageToken("campaigns", rubbish).status().code(),
              absl::StatusCode::kInvalidArgument)
        << rubbish;
  }
  EXPECT_EQ(ParseNumberToken("t", MakePageToken("t", "seven")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(PageSize, ZeroIsTheStandardAndTheRestIsInRange) {
  EXPECT_EQ(*CheckPageSize(0, 50, 1000), 50);
  EXPECT_EQ(*CheckPageSize(1000, 50, 1000), 1000);
  EXPECT_EQ(CheckPageSize(1001, 50, 1000).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CheckPageSize(-1, 50, 1000).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ListenAddress, HostAndPortAreTakenApart) {
  EXPECT_EQ(ParseListenAddress("127.0.0.1:0")->port, 0);
  EXPECT_EQ(ParseListenAddress("[::1]:50551")->host, "::1");
  EXPECT_EQ(ParseListenAddress("[::1]:50551")->ToString(), "[::1]:50551");
  EXPECT_TRUE(ParseListenAddress("[::1]:1")->IsLoopback());
  EXPECT_FALSE(ParseListenAddress("0.0.0.0:1")->IsLoopback());
  for (const char* bad :
       {"", "localhost", ":80", "a:", "a:b", "a:65536", "a:-1", "::1:80"}) {
    EXPECT_EQ(ParseListenAddress(bad).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

}  // namespace
}  // namespace isoshape
