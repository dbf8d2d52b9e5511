#include "coordinator/health_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/coordinator/http2_frames.h"
#include "tests/coordinator/server_fixture.h"
#include "tests/http_client.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
// More than of a connection may wait.
constexpr uint32_t kCalls = 100;
constexpr uint32_t kMayWait = 16;

// A connection of one who has no token, frame by frame. They are sent together
// when it waits for something, as what is sent bit by bit waits for the
// network.
class Stranger {
 public:
  explicit Stranger(int port, bool reads = true)
      : client_(static_cast<uint16_t>(port)), frames_(Http2Greeting()) {
    // SETTINGS_INITIAL_WINDOW_SIZE 0: no answer may be sent.
    if (!reads) frames_ += Frame(4, 0, 0, std::string("\0\4\0\0\0\0", 6));
  }

  // Begins a call whose message is yet to come, and returns its stream.
  uint32_t Open() {
    next_ += 2;
    frames_ += Frame(1, 4, next_, CallHeaders(kCheck));
    return next_;
  }
  // The message of a call: of the whole server.
  void SendMessage(uint32_t stream) {
    frames_ += Frame(0, 1, stream, std::string(5, '\0'));
  }
  // gRPC may end it, too.
  void Reset(uint32_t stream) {
    ended_.insert(stream);
    frames_ += Frame(3, 0, stream, std::string("\0\0\0\x08", 4));
  }
  // Reads until a call has ended that had not. 0 if the connection has.
  uint32_t AwaitEnd() {
    EXPECT_TRUE(client_.Send(std::exchange(frames_, {})));
    while (true) {
      const std::string head = client_.ReadBytes(9);
      if (head.size() < 9) return 0;
      const std::string payload = client_.ReadBytes(Number(head, 0, 3));
      const auto stream = static_cast<uint32_t>(Number(head, 5, 4));
      if (head[3] == 0) answers_[stream] += payload;
      if (head[3] == 1 && (head[4] & 1) != 0 && ended_.insert(stream).second) {
        return stream;
      }
    }
  }
  // What a call was answered by: of one that was refused nothing.
  std::string AnswerOf(uint32_t stream) { return answers_[stream]; }

 private:
  static size_t Number(const std::string& bytes, size_t from, size_t count) {
    size_t number = 0;
    for (size_t i = from; i < from + count; ++i) {
      number = number << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return number;
  }

  RawClient client_;
  std::string frames_;  // yet to be sent
  uint32_t next_ = static_cast<uint32_t>(-1);
  std::map<uint32_t, std::string> answers_;
  std::set<uint32_t> ended_;
};

// 5 bytes of gRPC, and SERVING as field 1.
const std::string& Serving() {
  static const std::string serving("\0\0\0\0\2\x08\1", 7);
  return serving;
}

using HealthServiceTest = ServerTest;

// gRPC would keep 12 kB for each of 256.
TEST_F(HealthServiceTest, OfCallsWhoseMessageNeverComesAConnectionHasFew) {
  Stranger stranger(server_->port());
  std::set<uint32_t> open;
  for (uint32_t i = 0; i < kCalls; ++i) open.insert(stranger.Open());
  for (uint32_t i = kMayWait; i < kCalls; ++i) {
    const uint32_t refused = stranger.AwaitEnd();
    ASSERT_NE(refused, 0u);
    EXPECT_EQ(stranger.AnswerOf(refused), "");
    open.erase(refused);
  }
  ASSERT_EQ(open.size(), kMayWait);
  // Those that are open are answered as soon as they ask, and make room.
  for (const uint32_t stream : open) {
    stranger.SendMessage(stream);
    EXPECT_EQ(stranger.AwaitEnd(), stream);
    EXPECT_EQ(stranger.AnswerOf(stream), Serving());
  }
  const uint32_t later = stranger.Open();
  stranger.SendMessage(later);
  EXPECT_EQ(stranger.AwaitEnd(), later);
  EXPECT_EQ(stranger.AnswerOf(later), Serving());
}

TEST_F(HealthServiceTest, OfCallsWhoseAnswerIsNotReadAConnectionHasFew) {
  constexpr uint32_t kUnread = 64;
  Stranger stranger(server_->port(), /*reads=*/false);
  for (uint32_t i = 0; i < kUnread + 20; ++i) {
    stranger.SendMessage(stranger.Open());
  }
  for (int i = 0; i < 20; ++i) ASSERT_NE(stranger.AwaitEnd(), 0u);
}

// As a probe whose patience is short does. That a call was cancelled may be
// heard of later than what comes behind it.
TEST_F(HealthServiceTest, CallsThatWereCancelledAreNotCounted) {
  Stranger probe(server_->port());
  const absl::Time end = absl::Now() + absl::Seconds(30);
  for (uint32_t i = 0; i < 4 * kMayWait; ++i) {
    probe.Reset(probe.Open());
    std::string answer;
    while (answer.empty() && absl::Now() < end) {
      const uint32_t stream = probe.Open();
      probe.SendMessage(stream);
      ASSERT_EQ(probe.AwaitEnd(), stream) << i;
      answer = probe.AnswerOf(stream);
    }
    ASSERT_EQ(answer, Serving()) << i;
  }
}

TEST_F(HealthServiceTest, WhatIsNoQuestionIsRefused) {
  const grpc::Status named = SendTo(kCheck,
                                    "\x0a\x03"
                                    "foo");
  EXPECT_EQ(named.error_code(), StatusCode::NOT_FOUND);
  EXPECT_THAT(named.error_message(),
              HasSubstr("service 'foo' has no health of its own"));
  // Field 1, longer than what follows.
  const grpc::Status cut = SendTo(kCheck, "\x0a\x7fz");
  EXPECT_EQ(cut.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(cut.error_message(), HasSubstr("HealthCheckRequest"));
}

}  // namespace
}  // namespace isoshape
