#include "coordinator/connection_pace.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "coordinator/listen_address.h"
#include "coordinator/listener.h"
#include "tests/http_client.h"

namespace isoshape {
namespace {

int AdmittedOf(ConnectionPace& pace, const std::string& address, int count,
               bool crowded) {
  int admitted = 0;
  for (int i = 0; i < count; ++i) admitted += pace.Admit(address, crowded);
  return admitted;
}

TEST(ConnectionPaceTest, WhileItIsCrowdedEachAddressOpensFew) {
  FakeClock clock;
  ConnectionPace pace({.per_second = 4,
                       .at_once = 3,
                       .lasts = absl::Seconds(5),
                       .clock = &clock});
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, false), 100);
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, true), 3);
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.2", 100, true), 3) << "another's";
  clock.Advance(absl::Milliseconds(500));
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, true), 2);
  // It lasts for a while after that, for one that comes in waves.
  clock.Advance(absl::Milliseconds(4900));
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, false), 3);
  clock.Advance(absl::Milliseconds(100));
  EXPECT_EQ(AdmittedOf(pace, "10.0.0.1", 100, false), 100);
}

TEST(ConnectionPaceTest, SoManyAddressesAreRemembered) {
  FakeClock clock;
  ConnectionPace pace({.at_once = 1, .max_addresses = 2, .clock = &clock});
  EXPECT_TRUE(pace.Admit("10.0.0.1", true));
  EXPECT_TRUE(pace.Admit("10.0.0.2", true));
  EXPECT_FALSE(pace.Admit("10.0.0.1", true));
  EXPECT_TRUE(pace.Admit("10.0.0.3", true));
  EXPECT_TRUE(pace.Admit("10.0.0.1", true)) << "all have begun anew";
}

// A listener on a port of its own, which counts the connections it hands over.
class CountingListener {
 public:
  CountingListener() {
    auto listener = Listener::Bind(*ParseListenAddress("127.0.0.1:0"));
    EXPECT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    listener_->Start(
        [this](int descriptor) {
          absl::MutexLock lock(&mutex_);
          taken_.push_back(descriptor);
        },
        [this] { return crowded.load(); }, {.at_once = 1, .clock = &clock});
  }
  ~CountingListener() {
    listener_->Stop();
    for (const int descriptor : taken_) close(descriptor);
  }

  RawClient Connect() const { return RawClient(listener_->address().port); }
  bool AwaitTaken(size_t count) {
    const auto reached = [&] { return taken_.size() >= count; };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&reached),
                                   absl::Seconds(30)) &&
           taken_.size() == count;
  }

  std::atomic<bool> crowded = false;
  FakeClock clock;

 private:
  absl::Mutex mutex_;
  std::vector<int> taken_;
  std::unique_ptr<Listener> listener_;  // last: its thread uses the others
};

TEST(ConnectionPaceTest, AListenerClosesThoseThatComeTooFast) {
  CountingListener listener;
  std::vector<RawClient> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(listener.Connect());
  ASSERT_TRUE(listener.AwaitTaken(4)) << "nothing is crowded";
  listener.crowded = true;
  clients.push_back(listener.Connect());
  ASSERT_TRUE(listener.AwaitTaken(5));
  RawClient refused = listener.Connect();
  EXPECT_TRUE(refused.connected());
  EXPECT_TRUE(refused.IsClosed());
  EXPECT_TRUE(listener.AwaitTaken(5));
  listener.clock.Advance(absl::Seconds(1));
  clients.push_back(listener.Connect());
  EXPECT_TRUE(listener.AwaitTaken(6));
}

}  // namespace
}  // namespace isoshape
