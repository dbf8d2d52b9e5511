#include "coordinator/http/peer_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <vector>

namespace isoshape {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The two ends of a connection over loopback; `here_` is watched.
class PeerWatchTest : public testing::Test {
 protected:
  void Connect() {
    tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
    there_ = std::make_shared<tcp::socket>(io_);
    there_->connect(acceptor.local_endpoint());
    here_ = std::make_shared<tcp::socket>(acceptor.accept());
  }
  // Bytes that nobody reads.
  void Send() {
    asio::write(*there_, asio::buffer("x", 1));
    AwaitReadable();
  }
  void AwaitReadable() {
    pollfd ready = {here_->native_handle(), POLLIN, 0};
    ASSERT_EQ(poll(&ready, 1, 30'000), 1);
  }
  // Handlers that stand before those of the watch in the queue.
  void Busy(int times) {
    if (times > 0) asio::post(io_, [this, times] { Busy(times - 1); });
  }
  PeerWatch Watch() {
    return {here_.get(), here_, [this](bool reset) { gone_.push_back(reset); },
            absl::ZeroDuration()};
  }

  asio::io_context io_;
  std::shared_ptr<tcp::socket> here_;
  std::shared_ptr<tcp::socket> there_;
  std::vector<bool> gone_;  // what it was called with
};

TEST_F(PeerWatchTest, TheEndIsSeenBehindBytesThatNobodyReads) {
  Connect();
  PeerWatch watch = Watch();
  Send();
  for (int i = 0; i < 10; ++i) io_.run_one();
  EXPECT_THAT(gone_, IsEmpty());
  there_->shutdown(tcp::socket::shutdown_send);
  io_.run();  // ends with the watch
  EXPECT_THAT(gone_, ElementsAre(false));
}

TEST_F(PeerWatchTest, AResetIsToldFromAnEnd) {
  Connect();
  PeerWatch watch = Watch();
  there_->set_option(asio::socket_base::linger(true, 0));
  there_->close();
  io_.run();
  EXPECT_THAT(gone_, ElementsAre(true));
}

// Whatever is queued at the moment of the Stop, nothing of the watch is left.
TEST_F(PeerWatchTest, NothingIsWaitedForAfterAStop) {
  constexpr int kSteps = 24;
  for (int steps = 0; steps < kSteps; ++steps) {
    Connect();
    PeerWatch watch = Watch();
    Send();
    Busy(kSteps);
    Busy(kSteps);
    for (int i = 0; i < steps; ++i) io_.poll_one();
    watch.Stop();
    there_->close();
    io_.poll();
    EXPECT_TRUE(io_.stopped()) << steps;
    EXPECT_THAT(gone_, IsEmpty()) << steps;
    io_.restart();
  }
}

TEST_F(PeerWatchTest, TheNextWatchIsNotStoppedByTheLast) {
  constexpr int kSteps = 24;
  for (int steps = 0; steps < kSteps; ++steps) {
    Connect();
    PeerWatch first = Watch();
    Send();
    Busy(kSteps);
    Busy(kSteps);
    for (int i = 0; i < steps; ++i) io_.poll_one();
    first.Stop();
    PeerWatch second = Watch();
    there_->shutdown(tcp::socket::shutdown_send);
    io_.run();
    EXPECT_THAT(gone_, ElementsAre(false)) << steps;
    gone_.clear();
    io_.restart();
  }
}

}  // namespace
}  // namespace isoshape
