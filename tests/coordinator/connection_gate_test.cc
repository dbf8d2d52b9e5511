// When connections are handed on, and what becomes of those that wait.
#include "coordinator/connection_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "tests/coordinator/tcp_connection.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Waits until it has come.
void Await(int descriptor, short event) {
  pollfd one = {.fd = descriptor, .events = event, .revents = 0};
  ASSERT_EQ(poll(&one, 1, -1), 1);
}

class ConnectionGateTest : public testing::Test {
 protected:
  ~ConnectionGateTest() override {
    for (const int one : taken_) close(one);
  }

  // A connection to the gate from a client at 127.0.0.`host`.
  void Connect(int host = 1) {
    made_.push_back(tcp::Connection::Make(AF_INET, 0, host));
    Enter();
  }
  // One whose client has sent something, which nobody has read yet.
  void ConnectAndSend(int host = 1) {
    made_.push_back(tcp::Connection::Make(AF_INET, 0, host));
    Send(made_.size() - 1);
    Enter();
  }
  void Enter() {
    gate_.Enter(dup(*made_.back().server));
    gate_.Work();
  }
  void Send(size_t which) {
    ASSERT_EQ(send(*made_[which].client, "calls", 5, MSG_NOSIGNAL), 5);
    Await(*made_[which].server, POLLIN);
  }
  // Reads what has come over one that was taken.
  void Read(size_t which) {
    char bytes[64];
    ASSERT_GT(recv(taken_[which], bytes, sizeof(bytes), 0), 0);
  }
  // The client goes.
  void Go(size_t which) {
    ASSERT_EQ(shutdown(*made_[which].client, SHUT_RDWR), 0);
    Await(*made_[which].server, POLLRDHUP);
  }
  // The client of one that was taken.
  size_t ClientOf(int taken) {
    const auto inode = [](int descriptor) {
      struct stat file = {};
      EXPECT_EQ(fstat(descriptor, &file), 0);
      return file.st_ino;
    };
    for (size_t i = 0; i < made_.size(); ++i) {
      if (inode(*made_[i].server) == inode(taken)) return i;
    }
    ADD_FAILURE() << "of nobody";
    return made_.size();
  }
  std::vector<size_t> ClientsOfTaken() {
    std::vector<size_t> clients;
    for (const int one : taken_) clients.push_back(ClientOf(one));
    return clients;
  }
  // Another look at what is unread.
  void WorkAfter(absl::Duration time) {
    clock_.Advance(time);
    gate_.Work();
  }

  FakeClock clock_;
  std::vector<tcp::Connection> made_;
  std::vector<int> taken_;
  ConnectionGate gate_{{.take = [this](int one) { taken_.push_back(one); },
                        .max_unread = 2,
                        .max_wait = absl::Milliseconds(100),
                        .clock = &clock_}};
};

TEST_F(ConnectionGateTest, HandsOnAtOnceWhileWhatComesIsRead) {
  for (size_t i = 0; i < 20; ++i) {
    ConnectAndSend();
    ASSERT_EQ(taken_.size(), i + 1);
    Read(i);
  }
  EXPECT_EQ(gate_.Patience(), absl::InfiniteDuration());
}

TEST_F(ConnectionGateTest, HandsOnAtOnceWhoSaysNothing) {
  for (int i = 0; i < 20; ++i) Connect();
  EXPECT_EQ(taken_.size(), 20);
}

TEST_F(ConnectionGateTest, OneWaitsWhileOthersAreNotRead) {
  for (int i = 0; i < 4; ++i) ConnectAndSend();
  EXPECT_EQ(taken_.size(), 2);
  EXPECT_EQ(gate_.waiting(), 2);
  EXPECT_LT(gate_.Patience(), absl::Milliseconds(10));
  WorkAfter(absl::Milliseconds(5));
  EXPECT_EQ(taken_.size(), 2);
  Read(1);
  WorkAfter(absl::Milliseconds(5));
  EXPECT_EQ(taken_.size(), 3);
  Read(0);
  Read(2);
  WorkAfter(absl::Milliseconds(5));
  EXPECT_EQ(taken_.size(), 4);
  EXPECT_EQ(gate_.waiting(), 0);
}

TEST_F(ConnectionGateTest, OneThatWasClosedIsNotWaitedFor) {
  for (int i = 0; i < 3; ++i) ConnectAndSend();
  ASSERT_EQ(taken_.size(), 2);
  // Its number is another socket's now, of which much is unread, too.
  made_.push_back(tcp::Connection::Make(AF_INET, 0));
  Send(3);
  ASSERT_EQ(dup2(*made_[3].server, taken_[0]), taken_[0]);
  WorkAfter(absl::Milliseconds(5));
  EXPECT_EQ(taken_.size(), 3);
}

TEST_F(ConnectionGateTest, WhoGoesWhileItWaitsIsNotHandedOn) {
  for (int i = 0; i < 4; ++i) ConnectAndSend();
  Go(2);
  Read(0);
  WorkAfter(absl::Milliseconds(5));
  EXPECT_THAT(ClientsOfTaken(), ElementsAre(0, 1, 3));
  EXPECT_EQ(gate_.waiting(), 0);
}

TEST_F(ConnectionGateTest, ThoseThatHaveGoneMakeRoomWhenItIsAskedFor) {
  for (int i = 0; i < 6; ++i) ConnectAndSend();
  ConnectAndSend(2);
  for (const size_t gone : {2, 4, 6}) Go(gone);
  ASSERT_EQ(gate_.waiting(), 5);
  gate_.CloseGone();
  EXPECT_EQ(gate_.waiting(), 2);
  Read(0);
  Read(1);
  WorkAfter(absl::Milliseconds(5));
  EXPECT_THAT(ClientsOfTaken(), ElementsAre(0, 1, 3, 5));
}

TEST_F(ConnectionGateTest, HostsTakeTurns) {
  for (int i = 0; i < 6; ++i) ConnectAndSend(1);
  for (int i = 0; i < 2; ++i) ConnectAndSend(2);
  ASSERT_EQ(taken_.size(), 2);
  for (size_t i = 0; i < 4; ++i) {
    Read(i);
    WorkAfter(absl::Milliseconds(5));
  }
  EXPECT_THAT(ClientsOfTaken(), ElementsAre(0, 1, 2, 6, 3, 7));
}

TEST_F(ConnectionGateTest, NobodyWaitsForEverForOthersToBeRead) {
  for (int i = 0; i < 5; ++i) ConnectAndSend(1);
  for (int i = 0; i < 2; ++i) ConnectAndSend(2);
  WorkAfter(absl::Milliseconds(99));
  EXPECT_EQ(taken_.size(), 2);
  // One of each host.
  WorkAfter(absl::Milliseconds(1));
  EXPECT_THAT(ClientsOfTaken(), ElementsAre(0, 1, 2, 5));
  gate_.Work();
  EXPECT_EQ(taken_.size(), 4);
}

// Clients that take no answers are not read any more by gRPC.
TEST_F(ConnectionGateTest, ThoseThatAreNeverReadCountAsHalfLater) {
  for (int i = 0; i < 2; ++i) ConnectAndSend();
  clock_.Advance(absl::Seconds(6));
  for (size_t i = 2; i < 10; ++i) {
    ConnectAndSend();
    ASSERT_EQ(taken_.size(), i + 1);
    Read(i);
  }
  ConnectAndSend();
  EXPECT_EQ(taken_.size(), 11);
  ConnectAndSend();
  EXPECT_EQ(taken_.size(), 11) << "half of the room is taken";
}

TEST_F(ConnectionGateTest, ThoseThatSendLaterCountAsHalfOfAllAtMost) {
  for (int i = 0; i < 3; ++i) Connect();
  WorkAfter(absl::Seconds(10));
  ConnectAndSend();  // so that it looks at the others again
  Read(3);
  clock_.Advance(absl::Seconds(10));
  for (int i = 0; i < 3; ++i) Send(i);
  ConnectAndSend();
  ASSERT_EQ(taken_.size(), 5) << "there is room left";
  ConnectAndSend();
  EXPECT_EQ(taken_.size(), 5);
  Read(4);
  WorkAfter(absl::Milliseconds(5));
  EXPECT_EQ(taken_.size(), 6);
  ConnectAndSend();
  EXPECT_EQ(taken_.size(), 6);
  for (int i = 0; i < 3; ++i) Read(i);
  WorkAfter(absl::Milliseconds(50));
  EXPECT_EQ(taken_.size(), 7);
}

TEST_F(ConnectionGateTest, AUnixSocketIsAHostTooAndIsClosedAtTheEnd) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const tcp::Handle client(ends[0]);
  std::vector<int> taken;
  {
    ConnectionGate gate({.take = [&](int one) { taken.push_back(one); },
                         .max_unread = 0,
                         .clock = &clock_});
    gate.Enter(ends[1]);
    gate.Work();
    ASSERT_EQ(gate.waiting(), 1);
  }
  EXPECT_THAT(taken, IsEmpty());
  char byte = 0;
  EXPECT_EQ(recv(*client, &byte, 1, MSG_DONTWAIT), 0) << "it is open";
}

}  // namespace
}  // namespace isoshape
