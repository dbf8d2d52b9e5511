#include "coordinator/listener.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace isoshape {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

// What the thread of a listener has asked and taken.
class Seen {
 public:
  void Take(int descriptor) {
    close(descriptor);
    absl::MutexLock lock(&mutex_);
    ++taken_;
  }
  bool AskCrowded() {
    absl::MutexLock lock(&mutex_);
    ++asked_;
    return crowded_;
  }
  // Waits until it has been asked so often again; returns what was taken.
  int TakenAfterAsking(int times) {
    absl::MutexLock lock(&mutex_);
    const int until = asked_ + times;
    const auto reached = [&] { return asked_ >= until; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&reached), kPatience));
    return taken_;
  }
  void Leave() {
    absl::MutexLock lock(&mutex_);
    crowded_ = false;
  }
  bool AwaitTaken(int count) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&] { return taken_ >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&reached), kPatience);
  }

 private:
  absl::Mutex mutex_;
  bool crowded_ = true;
  int asked_ = 0;
  int taken_ = 0;
};

TEST(ListenerTest, ConnectionsWaitWhileItIsCrowded) {
  auto listener = Listener::Bind(*ParseListenAddress("127.0.0.1:0"));
  ASSERT_TRUE(listener.ok()) << listener.status();
  Seen seen;
  (*listener)->Start([&](int descriptor) { seen.Take(descriptor); },
                     [&] { return seen.AskCrowded(); });
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons((*listener)->address().port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&address),
                    sizeof(address)),
            0);
  EXPECT_EQ(seen.TakenAfterAsking(3), 0);
  seen.Leave();
  EXPECT_TRUE(seen.AwaitTaken(1));
  (*listener)->Stop();
  close(client);
}

}  // namespace
}  // namespace isoshape
