#ifndef ISOSHAPE_TESTS_UNIX_SOCKETS_H_
#define ISOSHAPE_TESTS_UNIX_SOCKETS_H_

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace isoshape {

inline sockaddr_un UnixName(const std::string& path) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  EXPECT_LT(path.size(), sizeof(name.sun_path));
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  return name;
}

// Makes a socket as a program that was killed leaves one: nobody listens.
inline void LeaveDeadSocket(const std::string& path) {
  const sockaddr_un name = UnixName(path);
  const int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(bind(dead, reinterpret_cast<const sockaddr*>(&name), sizeof(name)),
            0)
      << strerror(errno);
  EXPECT_EQ(close(dead), 0);
}

// A socket that is listened on by a program that stands still: so many have
// come that the next one would wait.
class FullSocket {
 public:
  explicit FullSocket(const std::string& path) {
    const sockaddr_un name = UnixName(path);
    const auto* const address = reinterpret_cast<const sockaddr*>(&name);
    EXPECT_EQ(bind(Make(), address, sizeof(name)), 0) << strerror(errno);
    EXPECT_EQ(listen(made_[0], 0), 0);
    while (connect(Make(), address, sizeof(name)) == 0) {
    }
    EXPECT_EQ(errno, EAGAIN);
  }
  ~FullSocket() {
    for (const int one : made_) close(one);
  }
  FullSocket(const FullSocket&) = delete;
  FullSocket& operator=(const FullSocket&) = delete;

 private:
  int Make() {
    made_.push_back(
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return made_.back();
  }

  std::vector<int> made_;  // the first one is that which listens
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_UNIX_SOCKETS_H_
