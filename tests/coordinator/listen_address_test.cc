#include "coordinator/listen_address.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(ListenAddressTest, HostAndPortAreTakenApart) {
  EXPECT_EQ(ParseListenAddress("127.0.0.1:0")->port, 0);
  EXPECT_EQ(ParseListenAddress("[::1]:50551")->host, "::1");
  EXPECT_EQ(ParseListenAddress("[::1]:50551")->ToString(), "[::1]:50551");
  EXPECT_TRUE(ParseListenAddress("[::1]:1")->IsLoopback());
  EXPECT_FALSE(ParseListenAddress("0.0.0.0:1")->IsLoopback());
  EXPECT_EQ(ParseListenAddress("unix:/a b.sock")->unix_path, "/a b.sock");
  EXPECT_EQ(ParseListenAddress("unix:c.sock")->ToString(), "unix:c.sock");
  EXPECT_TRUE(ParseListenAddress("unix:c.sock")->IsLoopback());
  for (const char* bad : {"", "unix:", "localhost", ":80", "a:", "a:b",
                          "a:65536", "a:-1", "::1:80"}) {
    EXPECT_EQ(ParseListenAddress(bad).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

}  // namespace
}  // namespace isoshape
