// Which connections are ended: that of a peer to one port, and no other.
#include "coordinator/end_connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/coordinator/tcp_connection.h"
#include "tests/few_files.h"

namespace isoshape {
namespace {

class EndConnectionTest : public testing::TestWithParam<int> {};

TEST_P(EndConnectionTest, EndsThatOfThePeerToThePortAlone) {
  const int family = GetParam();
  if (family == AF_INET6) {
    const tcp::Handle probe(socket(family, SOCK_STREAM, 0));
    const tcp::Address here = tcp::Address::Loopback(family, 0);
    if (*probe < 0 || bind(*probe, here.get(), here.length) != 0) {
      GTEST_SKIP() << "there is no IPv6";
    }
  }
  const tcp::Connection flood = tcp::Connection::Make(family, 0);
  // From the same port of the same machine, to another program's port.
  const tcp::Connection other = tcp::Connection::Make(family, flood.from);
  ASSERT_EQ(flood.from, other.from);
  ASSERT_NE(flood.to, other.to);
  const std::string peer = absl::StrCat(
      family == AF_INET6 ? "ipv6:%5B::1%5D:" : "ipv4:127.0.0.1:", flood.from);
  ASSERT_TRUE(flood.Lives());
  EXPECT_EQ(EndConnections({{peer, "x"}}, static_cast<uint16_t>(flood.to + 1)),
            0);
  EXPECT_EQ(EndConnections({{absl::StrCat(peer, "1"), "x"}}, flood.to), 0);
  EXPECT_TRUE(flood.Lives());
  EXPECT_EQ(send(*flood.client, "abc", 3, MSG_NOSIGNAL), 3);
  std::string came(3, '\0');
  ASSERT_EQ(recv(*flood.server, came.data(), 3, MSG_WAITALL), 3);
  EXPECT_EQ(ReceivedBytes(flood.to),
            (std::map<std::string, int64_t>{{peer, 3}}));
  EXPECT_EQ(
      EndConnections({{peer, "sent too much"}, {absl::StrCat(peer, "1"), "x"}},
                     flood.to),
      1);
  EXPECT_FALSE(flood.Lives());
  EXPECT_TRUE(other.Lives());
}

TEST(EndConnection, WithoutADescriptorItCannotBeToldWhoSentWhat) {
  const tcp::Connection one = tcp::Connection::Make(AF_INET, 0);
  {
    const FewFiles none(0);
    EXPECT_EQ(ReceivedBytes(one.to), std::nullopt);
  }
  EXPECT_EQ(ReceivedBytes(one.to)->size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Versions, EndConnectionTest,
                         testing::Values(AF_INET, AF_INET6),
                         [](const auto& of) {
                           return of.param == AF_INET6 ? "six" : "four";
                         });

TEST(EndConnection, AUnixSocketAndAFileAreLeft) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const tcp::Handle one(pair[0]), two(pair[1]);
  for (const char* peer : {"", "unix:", "unix:/tmp/a", "ipv4:127.0.0.1:0"}) {
    EXPECT_EQ(EndConnections({{peer, "x"}}, 0), 0);
  }
  char byte = 0;
  EXPECT_EQ(send(*one, "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(recv(*two, &byte, 1, 0), 1);
}

}  // namespace
}  // namespace isoshape
