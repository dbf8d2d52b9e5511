// Coordinators that answer, though not as asked: the client stays with them.
#include "worker/coordinator/coordinator_client.h"

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/worker/captured_log.h"

namespace isoshape {
namespace {

// Answers each heartbeat with one status.
class OneAnswer : public v1::WorkerService::Service {
 public:
  explicit OneAnswer(grpc::Status answer) : answer_(std::move(answer)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  int times_asked() const { return times_asked_; }

 private:
  grpc::Status Heartbeat(grpc::ServerContext* /*context*/,
                         const v1::HeartbeatRequest* /*request*/,
                         v1::HeartbeatResponse* /*response*/) override {
    ++times_asked_;
    return answer_;
  }

  const grpc::Status answer_;
  int port_ = 0;
  std::atomic<int> times_asked_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// Asks the first of two coordinators, which answers so, three times.
void AskThreeTimes(const grpc::Status& answer, OneAnswer& first,
                   OneAnswer& second) {
  CoordinatorClient client(
      absl::StrCat(first.address(), ",", second.address()));
  for (int i = 0; i < 3; ++i) {
    const auto response =
        client.Heartbeat(v1::HeartbeatRequest(), absl::Seconds(30));
    if (i == 0) {
      EXPECT_EQ(static_cast<int>(response.status().code()),
                static_cast<int>(answer.error_code()));
    }
  }
}

TEST(CoordinatorClientTest, OneThatIsBusyIsStayedWithAndToldOfOnce) {
  const CapturedLog log;
  const grpc::Status answer(grpc::StatusCode::RESOURCE_EXHAUSTED, "256 calls");
  OneAnswer busy(answer);
  OneAnswer other(grpc::Status::OK);
  AskThreeTimes(answer, busy, other);
  EXPECT_EQ(busy.times_asked(), 3);
  EXPECT_EQ(other.times_asked(), 0);
  EXPECT_EQ(log.Count("is busy: 256 calls"), 1);
  EXPECT_EQ(log.Count("no answer from the coordinator"), 0);
}

TEST(CoordinatorClientTest, OneThatAbortsACallHasAnswered) {
  const CapturedLog log;
  const grpc::Status answer(grpc::StatusCode::ABORTED, "another process");
  OneAnswer aborts(answer);
  OneAnswer other(grpc::Status::OK);
  AskThreeTimes(answer, aborts, other);
  EXPECT_EQ(aborts.times_asked(), 3);
  EXPECT_EQ(other.times_asked(), 0);
  EXPECT_EQ(log.text(), "");
}

TEST(CoordinatorClientTest, OneThatCannotAnswerIsLeftForTheNext) {
  const CapturedLog log;
  const grpc::Status answer(grpc::StatusCode::UNAVAILABLE, "shutting down");
  OneAnswer gone(answer);
  OneAnswer other(grpc::Status::OK);
  AskThreeTimes(answer, gone, other);
  EXPECT_EQ(gone.times_asked(), 1);
  EXPECT_EQ(other.times_asked(), 2);
  EXPECT_EQ(log.Count("no answer from the coordinator"), 1);
}

// It was waited for until the deadline of the call.
TEST(CoordinatorClientTest, OneThatRefusesIsLeftForTheNextAtOnce) {
  OneAnswer there(grpc::Status::OK);
  CoordinatorClient client(absl::StrCat("127.0.0.1:1,", there.address()));
  const absl::Time begin = absl::Now();
  EXPECT_EQ(client.Heartbeat(v1::HeartbeatRequest(), absl::Minutes(5))
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - begin, absl::Minutes(1));
  EXPECT_TRUE(client.Heartbeat(v1::HeartbeatRequest(), absl::Minutes(5)).ok());
}

}  // namespace
}  // namespace isoshape
