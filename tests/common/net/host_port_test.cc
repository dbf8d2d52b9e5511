#include "common/net/host_port.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(HostPortTest, AnIpv6NetworkIsOneHoweverManyAddressesItHas) {
  EXPECT_EQ(NetworkOf("2001:db8:1:2::7"), "2001:db8:1:2::/64");
  EXPECT_EQ(NetworkOf("2001:db8:1:2:ffff:1::9"), "2001:db8:1:2::/64");
  EXPECT_EQ(NetworkOf("2001:db8:1:3::7"), "2001:db8:1:3::/64");
  EXPECT_EQ(NetworkOf("fe80::1%eth0"), "fe80::/64");
}

TEST(HostPortTest, AnIpv4AddressIsItselfInBothItsForms) {
  EXPECT_EQ(NetworkOf("10.0.0.5"), "10.0.0.5");
  EXPECT_EQ(NetworkOf("::ffff:10.0.0.5"), "10.0.0.5");
  EXPECT_EQ(NetworkOf("gpu1"), "gpu1");
  EXPECT_EQ(NetworkOf(""), "");
}

}  // namespace
}  // namespace isoshape
