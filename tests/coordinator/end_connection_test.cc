// Which connections are ended: that of a peer to one port, and no other.
#include "coordinator/end_connection.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

// A descriptor that is closed at the end.
class Handle {
 public:
  explicit Handle(int value) : value_(value) {}
  Handle(Handle&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Handle& operator=(Handle&&) = delete;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (value_ >= 0) close(value_);
  }
  int operator*() const { return value_; }

 private:
  int value_;
};

// An address of this machine, of one of the two versions.
struct Address {
  sockaddr_storage storage = {};
  socklen_t length = 0;

  static Address Loopback(int family, uint16_t port) {
    Address address;
    address.storage.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET6) {
      auto& six = reinterpret_cast<sockaddr_in6&>(address.storage);
      six.sin6_addr = in6addr_loopback;
      six.sin6_port = htons(port);
      address.length = sizeof(six);
    } else {
      auto& four = reinterpret_cast<sockaddr_in&>(address.storage);
      four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      four.sin_port = htons(port);
      address.length = sizeof(four);
    }
    return address;
  }
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

uint16_t PortOf(int handle, int family) {
  Address address = Address::Loopback(family, 0);
  getsockname(handle, reinterpret_cast<sockaddr*>(&address.storage),
              &address.length);
  return ntohs(family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port
                   : reinterpret_cast<sockaddr_in&>(address.storage).sin_port);
}

// A socket at a port, 0: any that is free; several may be at one.
Handle SocketAt(int family, uint16_t port) {
  Handle made(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  EXPECT_EQ(setsockopt(*made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
  const Address at = Address::Loopback(family, port);
  EXPECT_EQ(bind(*made, at.get(), at.length), 0) << strerror(errno);
  return made;
}

// The two ends of a connection.
struct Connection {
  Handle client, server;
  uint16_t from = 0, to = 0;

  static Connection Make(int family, uint16_t from) {
    const Handle listening = SocketAt(family, 0);
    EXPECT_EQ(listen(*listening, 1), 0);
    const uint16_t to = PortOf(*listening, family);
    Handle client = SocketAt(family, from);
    const Address there = Address::Loopback(family, to);
    EXPECT_EQ(connect(*client, there.get(), there.length), 0)
        << strerror(errno);
    Handle server(accept4(*listening, nullptr, nullptr, SOCK_CLOEXEC));
    from = PortOf(*client, family);
    return {std::move(client), std::move(server), from, to};
  }
  // Whether what one end sends comes to the other.
  bool Lives() const {
    char byte = 0;
    return send(*server, "x", 1, MSG_NOSIGNAL) == 1 &&
           recv(*client, &byte, 1, 0) == 1;
  }
};

class EndConnectionTest : public testing::TestWithParam<int> {};

TEST_P(EndConnectionTest, EndsThatOfThePeerToThePortAlone) {
  const int family = GetParam();
  if (family == AF_INET6) {
    const Handle probe(socket(family, SOCK_STREAM, 0));
    const Address here = Address::Loopback(family, 0);
    if (*probe < 0 || bind(*probe, here.get(), here.length) != 0) {
      GTEST_SKIP() << "there is no IPv6";
    }
  }
  const Connection flood = Connection::Make(family, 0);
  // From the same port of the same machine, to another program's port.
  const Connection other = Connection::Make(family, flood.from);
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

INSTANTIATE_TEST_SUITE_P(Versions, EndConnectionTest,
                         testing::Values(AF_INET, AF_INET6),
                         [](const auto& of) {
                           return of.param == AF_INET6 ? "six" : "four";
                         });

TEST(EndConnection, AUnixSocketAndAFileAreLeft) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const Handle one(pair[0]), two(pair[1]);
  for (const char* peer : {"", "unix:", "unix:/tmp/a", "ipv4:127.0.0.1:0"}) {
    EXPECT_EQ(EndConnections({{peer, "x"}}, 0), 0);
  }
  char byte = 0;
  EXPECT_EQ(send(*one, "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(recv(*two, &byte, 1, 0), 1);
}

}  // namespace
}  // namespace isoshape
