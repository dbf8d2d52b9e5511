#include "common/text/nearest_name.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(NearestName, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"create", "delete", "list", "get"};
  EXPECT_EQ(NearestName("crete", names), "create");
  EXPECT_EQ(NearestName("craete", names), "create");
  EXPECT_EQ(NearestName("lst", names), "list");
  EXPECT_EQ(NearestName("create", names), "create");
  EXPECT_EQ(DidYouMean("deleet", names), "; did you mean 'delete'?");
}

TEST(NearestName, DoesNotGuess) {
  const std::vector<std::string> names = {"create", "get"};
  EXPECT_EQ(NearestName("watch", names), "");
  EXPECT_EQ(NearestName("x", {}), "");
  EXPECT_EQ(DidYouMean(std::string(1000, 'c'), names), "");
}

}  // namespace
}  // namespace isoshape
