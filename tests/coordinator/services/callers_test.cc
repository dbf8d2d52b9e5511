#include "coordinator/services/callers.h"

#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

TEST(OriginTest, AMachineIsOneWhateverPortOrIpv6AddressItCallsFrom) {
  EXPECT_EQ(OriginOf("token:a", "ipv4:10.0.0.5:4711"),
            OriginOf("token:a", "ipv4:10.0.0.5:4712"));
  EXPECT_NE(OriginOf("token:a", "ipv4:10.0.0.5:4711"),
            OriginOf("token:a", "ipv4:10.0.0.6:4711"));
  EXPECT_NE(OriginOf("token:a", "ipv4:10.0.0.5:4711"),
            OriginOf("token:b", "ipv4:10.0.0.5:4711"));
  EXPECT_EQ(OriginOf("token:a", "ipv6:%5B2001:db8::7%5D:4711"),
            OriginOf("token:a", "ipv6:%5B2001:db8::8%5D:4711"));
  EXPECT_NE(OriginOf("token:a", "ipv6:%5B2001:db8::7%5D:4711"),
            OriginOf("token:a", "ipv6:%5B2001:db9::7%5D:4711"));
  // The name of one without a token is its address.
  EXPECT_EQ(OriginOf("address:2001:db8::7", "ipv6:%5B2001:db8::7%5D:4711"),
            OriginOf("address:2001:db8::8", "ipv6:%5B2001:db8::8%5D:4711"));
  EXPECT_EQ(OriginOf("address:2001:db8::7", "inproc"),
            OriginOf("address:2001:db8::8", "inproc"));
  EXPECT_NE(OriginOf("address:10.0.0.5", "inproc"),
            OriginOf("address:10.0.0.6", "inproc"));
}

TEST(OriginTest, PagesAndProgramsOfOneMachineAreTwo) {
  const std::string program = OriginOf("local", "ipv4:127.0.0.1:4711");
  const std::string socket = OriginOf("local", "unix:");
  const std::string page = OriginOf("local", "inproc");
  EXPECT_NE(program, page);
  EXPECT_NE(socket, page);
  EXPECT_EQ(socket, OriginOf("local", "unix:/run/isoshape/socket"));
}

}  // namespace
}  // namespace isoshape
