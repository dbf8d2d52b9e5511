#ifndef ISOSHAPE_TESTS_COORDINATOR_TCP_CONNECTION_H_
#define ISOSHAPE_TESTS_COORDINATOR_TCP_CONNECTION_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace isoshape::tcp {

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

  // The last part of one of version 4 tells hosts apart: 127.0.0.`host`.
  static Address Loopback(int family, uint16_t port, int host = 1) {
    Address address;
    address.storage.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET6) {
      auto& six = reinterpret_cast<sockaddr_in6&>(address.storage);
      six.sin6_addr = in6addr_loopback;
      six.sin6_port = htons(port);
      address.length = sizeof(six);
    } else {
      auto& four = reinterpret_cast<sockaddr_in&>(address.storage);
      four.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
      four.sin_port = htons(port);
      address.length = sizeof(four);
    }
    return address;
  }
  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

inline uint16_t PortOf(int handle, int family) {
  Address address = Address::Loopback(family, 0);
  getsockname(handle, reinterpret_cast<sockaddr*>(&address.storage),
              &address.length);
  return ntohs(family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port
                   : reinterpret_cast<sockaddr_in&>(address.storage).sin_port);
}

// A socket at a port, 0: any that is free; several may be at one.
inline Handle SocketAt(int family, uint16_t port, int host = 1) {
  Handle made(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  EXPECT_EQ(setsockopt(*made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
  const Address at = Address::Loopback(family, port, host);
  EXPECT_EQ(bind(*made, at.get(), at.length), 0) << strerror(errno);
  return made;
}

// A client from a port, 0: any that is free, connected to another.
inline Handle ConnectTo(int family, uint16_t from, uint16_t to, int host = 1) {
  Handle client = SocketAt(family, from, host);
  const Address there = Address::Loopback(family, to);
  EXPECT_EQ(connect(*client, there.get(), there.length), 0) << strerror(errno);
  return client;
}

// The two ends of a connection.
struct Connection {
  Handle client, server;
  uint16_t from = 0, to = 0;

  static Connection Make(int family, uint16_t from, int host = 1) {
    const Handle listening = SocketAt(family, 0);
    EXPECT_EQ(listen(*listening, 1), 0);
    const uint16_t to = PortOf(*listening, family);
    Handle client = ConnectTo(family, from, to, host);
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

}  // namespace isoshape::tcp

#endif  // ISOSHAPE_TESTS_COORDINATOR_TCP_CONNECTION_H_
