// Where a listener cannot listen, and what becomes of connections that it does
// not hand on at once.
#include "coordinator/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/net/unix_socket.h"
#include "tests/as_nobody.h"
#include "tests/coordinator/tcp_connection.h"
#include "tests/few_files.h"
#include "tests/temp_folder.h"
#include "tests/unix_sockets.h"

namespace isoshape {
namespace {

// Time stands still, so those that are handed on at once are the first ones,
// as many as may be unread.
class PacedListenerTest : public testing::Test {
 protected:
  PacedListenerTest() {
    auto listener = Listener::Bind(*ParseListenAddress("127.0.0.1:0"));
    EXPECT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
  }
  ~PacedListenerTest() override {
    listener_->Stop();
    for (const int one : taken_) close(one);
  }

  void Start() {
    listener_->StartPaced(
        [this](int one) {
          const absl::MutexLock lock(&mutex_);
          taken_.push_back(one);
        },
        &clock_);
  }
  // Clients who send something, which nobody reads.
  void ConnectAndSend(int count = 1) {
    for (int i = 0; i < count; ++i) {
      clients_.push_back(tcp::ConnectTo(AF_INET, 0, listener_->address().port));
      ASSERT_EQ(send(*clients_.back(), "calls", 5, MSG_NOSIGNAL), 5);
    }
  }
  // Waits until so many have come since `before` were taken.
  void WaitUntilAccepted(size_t count, size_t before = 0) {
    while (taken() - before + listener_->waiting() < count) {
      std::this_thread::yield();
    }
  }
  void WaitUntilTaken(size_t count) {
    const auto some = [&] { return taken_.size() >= count; };
    const absl::MutexLock lock(&mutex_, absl::Condition(&some));
  }
  size_t taken() {
    const absl::MutexLock lock(&mutex_);
    return taken_.size();
  }
  // Whether the other end closes it.
  static bool IsClosed(const tcp::Handle& client) {
    pollfd closed = {.fd = *client, .events = POLLIN, .revents = 0};
    char byte = 0;
    return poll(&closed, 1, 30'000) == 1 && recv(*client, &byte, 1, 0) <= 0;
  }
  void Go(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) shutdown(*clients_[i], SHUT_RDWR);
  }

  FakeClock clock_;
  std::unique_ptr<Listener> listener_;
  std::vector<tcp::Handle> clients_;
  absl::Mutex mutex_;
  std::vector<int> taken_;
};

TEST_F(PacedListenerTest, WakesForThoseThatWaitUntilItIsStopped) {
  constexpr int kClients = 200;
  for (int round = 0; round < 2; ++round) {
    const size_t before = taken();
    Start();
    ConnectAndSend(kClients);
    WaitUntilAccepted(kClients, before);
    const size_t at_once = taken();
    EXPECT_LT(at_once, before + kClients / 4);
    // Nothing happens on any socket meanwhile.
    clock_.Advance(absl::Milliseconds(100));
    WaitUntilTaken(at_once + 1);
    EXPECT_GT(listener_->waiting(), kClients / 2);
    listener_->Stop();
    EXPECT_EQ(listener_->waiting(), 0);
    EXPECT_LT(taken(), before + kClients / 4);
    EXPECT_TRUE(IsClosed(clients_.back())) << "nobody else had it";
  }
}

TEST_F(PacedListenerTest, ThoseThatHaveGoneMakeRoomForTheNext) {
  const FewFiles few(200);
  Start();
  ConnectAndSend(30);
  WaitUntilAccepted(30);
  // Every number below those kept back is in use, and some beyond.
  std::vector<tcp::Handle> fill;
  do {
    fill.emplace_back(dup(STDERR_FILENO));
    ASSERT_GE(*fill.back(), 0);
  } while (*fill.back() < 160);
  ConnectAndSend();
  EXPECT_TRUE(IsClosed(clients_.back()));
  Go(15, 20);
  const auto is_taken = [&] {
    return std::any_of(taken_.begin(), taken_.end(), [](int one) {
      sockaddr_in peer = {};
      socklen_t length = sizeof(peer);
      getpeername(one, reinterpret_cast<sockaddr*>(&peer), &length);
      return peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK + 1);
    });
  };
  // Its turn comes before that of most others, as it is of another host. For
  // the first that is refused those that went are closed, if they are not yet.
  bool is_there = false;
  for (int refused = 0; !is_there; ++refused) {
    ASSERT_LT(refused, 2);
    const tcp::Handle next =
        tcp::ConnectTo(AF_INET, 0, listener_->address().port, /*host=*/2);
    pollfd closed = {.fd = *next, .events = POLLIN, .revents = 0};
    while (!is_there && poll(&closed, 1, 0) == 0) {
      clock_.Advance(absl::Milliseconds(100));
      const absl::MutexLock lock(&mutex_);
      is_there = mutex_.AwaitWithTimeout(absl::Condition(&is_taken),
                                         absl::Milliseconds(20));
    }
  }
}

TEST_F(PacedListenerTest, ThoseThatHaveGoneMakeRoomWhenNoDescriptorIsLeft) {
  const FewFiles few(200);
  Start();
  ConnectAndSend(30);
  WaitUntilAccepted(30);
  const size_t waiting = listener_->waiting();
  const tcp::Handle next = tcp::SocketAt(AF_INET, 0);
  std::vector<tcp::Handle> fill;
  for (int one = 0; (one = dup(STDERR_FILENO)) >= 0;) fill.emplace_back(one);
  Go(15, 20);
  const auto there = tcp::Address::Loopback(AF_INET, listener_->address().port);
  ASSERT_EQ(connect(*next, there.get(), there.length), 0);
  while (listener_->waiting() != waiting - 5 + 1) std::this_thread::yield();
}

// As another program does that takes the path over from one that stands still.
TEST(ListenerAtAPath, RemovesItsOwnSocketAndNoOther) {
  const TempFolder folder;
  const std::string path = folder.File("s.sock");
  const auto bind = [&] {
    return Listener::Bind(*ParseListenAddress("unix:" + path));
  };
  auto first = bind();
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(std::filesystem::remove(path));
  auto second = bind();
  ASSERT_TRUE(second.ok()) << second.status();
  first->reset();
  EXPECT_EQ(ConnectError(UnixName(path)), 0);
  ASSERT_EQ(chmod(path.c_str(), 0777), 0);  // which makes it no other
  second->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

class ListenerAtAPathTest : public testing::Test {
 protected:
  ListenerAtAPathTest() {
    LeaveDeadSocket(path_);
    EXPECT_EQ(chmod(folder_.path().c_str(), 0555), 0);
  }
  ~ListenerAtAPathTest() override { chmod(folder_.path().c_str(), 0755); }

  // The refusal of a user who may not write to the folder.
  absl::Status Refusal() const {
    const AsNobody nobody;
    return Listener::Bind(*ParseListenAddress("unix:" + path_)).status();
  }

  const TempFolder folder_;
  const std::string path_ = folder_.File("s.sock");
};

TEST_F(ListenerAtAPathTest, ADeadSocketThatMayNotBeRemovedIsSaidToBeThat) {
  ASSERT_EQ(chmod(path_.c_str(), 0777), 0);
  EXPECT_EQ(Refusal(),
            absl::UnavailableError(
                "cannot listen on unix:" + path_ +
                ": a coordinator that has ended left the socket, and this user "
                "may not remove it (Permission denied); remove it as its "
                "owner, or name another path with --address"));
  EXPECT_TRUE(std::filesystem::is_socket(path_));
}

TEST_F(ListenerAtAPathTest, ASocketOfAnotherUserIsSaidToBeThat) {
  ASSERT_EQ(chmod(path_.c_str(), 0), 0);
  EXPECT_EQ(Refusal(),
            absl::UnavailableError(
                "cannot listen on unix:" + path_ +
                ": the socket is another user's; stop what listens there or "
                "remove it as that user, or name another path with "
                "--address"));
  EXPECT_TRUE(std::filesystem::is_socket(path_));
}

}  // namespace
}  // namespace isoshape
