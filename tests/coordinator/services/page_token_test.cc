#include "coordinator/services/page_token.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace isoshape
