// What becomes of connections that a listener does not hand on at once.
#include "coordinator/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "tests/coordinator/tcp_connection.h"
#include "tests/few_files.h"

namespace isoshape {
namespace {

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
    listener_->StartPaced([this](int one) {
      const absl::MutexLock lock(&mutex_);
      taken_.push_back(one);
    });
  }
  // A client who sends something, which nobody reads.
  void ConnectAndSend() {
    clients_.push_back(tcp::ConnectTo(AF_INET, 0, listener_->address().port));
    ASSERT_EQ(send(*clients_.back(), "calls", 5, MSG_NOSIGNAL), 5);
  }
  void WaitUntilTaken(size_t count) {
    const auto some = [&] { return taken_.size() >= count; };
    const absl::MutexLock lock(&mutex_, absl::Condition(&some));
  }
  size_t taken() {
    const absl::MutexLock lock(&mutex_);
    return taken_.size();
  }
  // Waits until the other end has closed it.
  static bool IsClosed(int client) {
    char byte = 0;
    return recv(client, &byte, 1, 0) <= 0;
  }

  std::unique_ptr<Listener> listener_;
  std::vector<tcp::Handle> clients_;
  absl::Mutex mutex_;
  std::vector<int> taken_;
};

// Nothing happens on any socket meanwhile.
TEST_F(PacedListenerTest, WakesForThoseThatWaitUntilItIsStopped) {
  constexpr size_t kClients = 200;
  for (int round = 0; round < 2; ++round) {
    const size_t before = taken();
    Start();
    for (size_t i = 0; i < kClients; ++i) ConnectAndSend();
    WaitUntilTaken(before + 10);  // eight, and one every tenth of a second
    EXPECT_GT(listener_->waiting(), 0);
    listener_->Stop();
    EXPECT_EQ(listener_->waiting(), 0);
    EXPECT_LT(taken(), before + kClients);
    EXPECT_TRUE(IsClosed(*clients_.back())) << "nobody else had it";
  }
}

TEST_F(PacedListenerTest, ThoseThatHaveGoneMakeRoomForTheNext) {
  const FewFiles few(200);
  Start();
  for (int i = 0; i < 30; ++i) ConnectAndSend();
  WaitUntilTaken(9);  // so all have come, and most wait
  // Every number below those kept back is in use, and some beyond.
  std::vector<tcp::Handle> fill;
  do {
    fill.emplace_back(dup(STDERR_FILENO));
    ASSERT_GE(*fill.back(), 0);
  } while (*fill.back() < 160);
  ConnectAndSend();
  EXPECT_TRUE(IsClosed(*clients_.back()));
  for (size_t i = 25; i < 30; ++i) shutdown(*clients_[i], SHUT_RDWR);
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
  for (int refused = 0, taken = 0; taken == 0;) {
    const tcp::Handle next =
        tcp::ConnectTo(AF_INET, 0, listener_->address().port, /*host=*/2);
    pollfd closed = {.fd = *next, .events = POLLIN, .revents = 0};
    while (taken == 0 && poll(&closed, 1, 0) == 0) {
      const absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&is_taken),
                                  absl::Milliseconds(20))) {
        taken = 1;
      }
    }
    if (taken == 0) {
      ASSERT_LT(++refused, 2);
    }
  }
}

}  // namespace
}  // namespace isoshape
