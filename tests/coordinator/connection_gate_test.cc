// When connections are handed on, and what becomes of those that wait.
#include "coordinator/connection_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "tests/coordinator/tcp_connection.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ConnectionGateTest : public testing::Test {
 protected:
  ~ConnectionGateTest() override {
    for (const int one : taken_) close(one);
  }

  // A connection to the gate from a client of this machine, by IPv4 or IPv6,
  // which are two hosts; returns its client.
  Handle Connect(int family = AF_INET) {
    Connection made = Connection::Make(family, 0);
    gate_.Enter(dup(*made.server));
    return std::move(made.client);
  }
  // One whose client has sent something, which nobody has read yet.
  Handle ConnectAndSend(int family = AF_INET) {
    Connection made = Connection::Make(family, 0);
    Send(made.client);
    gate_.Enter(dup(*made.server));
    return std::move(made.client);
  }
  static void Send(const Handle& client) {
    ASSERT_EQ(send(*client, "calls", 5, MSG_NOSIGNAL), 5);
  }
  // Reads what has come over one that was taken.
  void Read(size_t which) {
    char bytes[64];
    ASSERT_GT(recv(taken_[which], bytes, sizeof(bytes), 0), 0);
  }
  static int FamilyOf(int descriptor) {
    sockaddr_storage address = {};
    socklen_t length = sizeof(address);
    getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
    return address.ss_family;
  }

  FakeClock clock_;
  std::vector<int> taken_;
  ConnectionGate gate_{{.take = [this](int one) { taken_.push_back(one); },
                        .max_unread = 2,
                        .max_wait = absl::Milliseconds(100),
                        .clock = &clock_}};
};

TEST_F(ConnectionGateTest, HandsOnAtOnceWhileWhatComesIsRead) {
  std::vector<Handle> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(ConnectAndSend());
    ASSERT_EQ(taken_.size(), i + 1);
    Read(i);
  }
  EXPECT_EQ(gate_.Patience(), absl::InfiniteDuration());
}

TEST_F(ConnectionGateTest, HandsOnAtOnceWhoSaysNothing) {
  std::vector<Handle> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Connect());
  EXPECT_EQ(taken_.size(), 20);
}

TEST_F(ConnectionGateTest, OneWaitsWhileOthersAreNotRead) {
  std::vector<Handle> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(ConnectAndSend());
  EXPECT_EQ(taken_.size(), 2);
  EXPECT_EQ(gate_.waiting(), 2);
  EXPECT_LT(gate_.Patience(), absl::Milliseconds(10));
  gate_.Work();
  EXPECT_EQ(taken_.size(), 2);
  Read(1);
  gate_.Work();
  EXPECT_EQ(taken_.size(), 3);
  Read(0);
  Read(2);
  gate_.Work();
  EXPECT_EQ(taken_.size(), 4);
  EXPECT_EQ(gate_.waiting(), 0);
}

TEST_F(ConnectionGateTest, OneThatWasClosedIsNotWaitedFor) {
  std::vector<Handle> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(ConnectAndSend());
  ASSERT_EQ(taken_.size(), 2);
  close(taken_[0]);
  // Another file has its number now.
  const Handle other(dup(STDERR_FILENO));
  taken_.erase(taken_.begin());
  gate_.Work();
  EXPECT_EQ(taken_.size(), 2);
}

TEST_F(ConnectionGateTest, WhoGoesWhileItWaitsIsNotHandedOn) {
  const Handle first = ConnectAndSend(), second = ConnectAndSend();
  { const Handle gone = ConnectAndSend(); }
  const Handle last = ConnectAndSend();
  Read(0);
  gate_.Work();
  ASSERT_EQ(taken_.size(), 3);
  EXPECT_EQ(gate_.waiting(), 0);
  char bytes[64];
  Send(last);
  EXPECT_EQ(recv(taken_[2], bytes, sizeof(bytes), 0), 10) << "not the last one";
}

TEST_F(ConnectionGateTest, HostsTakeTurns) {
  std::vector<Handle> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(ConnectAndSend(AF_INET));
  for (int i = 0; i < 2; ++i) clients.push_back(ConnectAndSend(AF_INET6));
  ASSERT_EQ(taken_.size(), 2);
  for (int i = 0; i < 4; ++i) {
    Read(i);
    gate_.Work();
  }
  std::vector<int> families;
  for (const int one : taken_) families.push_back(FamilyOf(one));
  EXPECT_THAT(families, ElementsAre(AF_INET, AF_INET, AF_INET, AF_INET6,
                                    AF_INET, AF_INET6));
}

TEST_F(ConnectionGateTest, NobodyWaitsForEverForOthersToBeRead) {
  std::vector<Handle> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(ConnectAndSend(AF_INET));
  for (int i = 0; i < 2; ++i) clients.push_back(ConnectAndSend(AF_INET6));
  clock_.Advance(absl::Milliseconds(99));
  gate_.Work();
  EXPECT_EQ(taken_.size(), 2);
  // One of each host.
  clock_.Advance(absl::Milliseconds(1));
  gate_.Work();
  ASSERT_EQ(taken_.size(), 4);
  EXPECT_NE(FamilyOf(taken_[2]), FamilyOf(taken_[3]));
  gate_.Work();
  EXPECT_EQ(taken_.size(), 4);
}

TEST_F(ConnectionGateTest, ThoseThatSendLaterCountAsHalfOfAllAtMost) {
  std::vector<Handle> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(Connect());
  clock_.Advance(absl::Seconds(10));
  for (int i = 3; i < 6; ++i) {  // so that it looks at the others again
    clients.push_back(ConnectAndSend());
    ASSERT_EQ(taken_.size(), i + 1);
    Read(i);
  }
  clock_.Advance(absl::Seconds(10));
  for (int i = 0; i < 3; ++i) Send(clients[i]);
  clients.push_back(ConnectAndSend());
  ASSERT_EQ(taken_.size(), 7) << "there is room left";
  clients.push_back(ConnectAndSend());
  EXPECT_EQ(taken_.size(), 7);
  Read(6);
  gate_.Work();
  EXPECT_EQ(taken_.size(), 8);
  clients.push_back(ConnectAndSend());
  EXPECT_EQ(taken_.size(), 8);
  for (int i = 0; i < 3; ++i) Read(i);
  clock_.Advance(absl::Milliseconds(50));
  gate_.Work();
  EXPECT_EQ(taken_.size(), 9);
}

TEST_F(ConnectionGateTest, AUnixSocketIsAHostToo) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Handle client(ends[0]);
  gate_.Enter(ends[1]);
  EXPECT_THAT(taken_, ElementsAre(ends[1]));
}

TEST(ConnectionGateEndTest, ClosesWhatWaits) {
  std::vector<int> taken;
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Handle client(ends[0]);
  {
    ConnectionGate gate(
        {.take = [&](int one) { taken.push_back(one); }, .max_unread = 0});
    gate.Enter(ends[1]);
    ASSERT_EQ(gate.waiting(), 1);
  }
  EXPECT_THAT(taken, IsEmpty());
  char byte = 0;
  EXPECT_EQ(recv(*client, &byte, 1, MSG_DONTWAIT), 0) << "it is open";
}

}  // namespace
}  // namespace isoshape
