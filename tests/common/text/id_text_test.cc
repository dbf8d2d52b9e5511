#include "common/text/id_text.h"

#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

TEST(IdTextTest, HasOneToSixtyThreeCharacters) {
  EXPECT_FALSE(IsId(""));
  EXPECT_TRUE(IsId(std::string(63, 'a')));
  EXPECT_FALSE(IsId(std::string(64, 'a')));
  EXPECT_TRUE(IsId(std::string(64, 'a'), 64));
}

TEST(IdTextTest, NeedsNoQuotesAnywhere) {
  EXPECT_TRUE(IsId("gpu-1_Fleet.B"));
  for (const char* no : {"a b", "a/b", "a:b", "a\n", "\xc3\xa9", "a,b", "a%"}) {
    EXPECT_FALSE(IsId(no)) << no;
  }
}

}  // namespace
}  // namespace isoshape
