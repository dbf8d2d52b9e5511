#include "coordinator/dashboard_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isoshape {
namespace {

ListenAddress At(const std::string& text) { return *ParseListenAddress(text); }

TEST(DashboardNameTest, AnAddressThatCanBeOpenedIsItsOwnName) {
  EXPECT_EQ(DashboardName(At("127.0.0.1:1"), {"gpu1"}, nullptr), "127.0.0.1");
  EXPECT_EQ(DashboardName(At("10.1.2.3:1"), {"gpu1"}, nullptr), "10.1.2.3");
  EXPECT_EQ(DashboardName(At("[fd00::1]:1"), {}, nullptr), "fd00::1");
}

TEST(DashboardNameTest, AnyAddressIsNoNameAndOneThatIsAllowedIs) {
  for (const char* any : {"0.0.0.0:1", "[::]:1", "[0:0::0]:1"}) {
    EXPECT_EQ(DashboardName(At(any), {"gpu1", "gpu2"}, nullptr), "gpu1") << any;
    const std::string own = DashboardName(At(any), {}, nullptr);
    EXPECT_THAT(own, testing::MatchesRegex("[1-9][0-9.]+")) << any;
  }
}

}  // namespace
}  // namespace isoshape
