#include "common/net/request_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

TEST(RequestIdTest, Is32HexadecimalDigitsThatDifferEachTime) {
  const std::string id = NewRequestId();
  EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(id, NewRequestId());
}

}  // namespace
}  // namespace isoshape
